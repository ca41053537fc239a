import { Hono } from 'hono';
import { html } from 'hono/html';

import { shownFortunes } from '../../node-shared/fortunes.mjs';
import { database } from '../../node-shared/raw_database.mjs';

export const fortunes = new Hono();

fortunes.get('/fortunes', async (c) => {
  const rows = shownFortunes(await database.readFortunes());
  return c.html(
    html`<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>${rows.map(
      ({ id, message }) => html`<tr><td>${id}</td><td>${message}</td></tr>`,
    )}</table></body></html>`,
  );
});
