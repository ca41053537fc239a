import { shownFortunes } from '../node-shared/fortunes.mjs';
import { html } from './html.mjs';
import { send } from './responses.mjs';

export function addFortunes(router, database) {
  router.get('/fortunes', async (request, response) => {
    const fortunes = shownFortunes(await database.readFortunes());
    const body = page(fortunes).toString();
    send(response, body, { contentType: 'text/html; charset=utf-8' });
  });
}

function page(fortunes) {
  return html`<!DOCTYPE html>
<html>
<head><title>Fortunes</title></head>
<body>
<table>
<tr><th>id</th><th>message</th></tr>
${fortunes.map(({ id, message }) => html`<tr><td>${id}</td><td>${message}</td></tr>`)}
</table>
</body>
</html>`;
}
