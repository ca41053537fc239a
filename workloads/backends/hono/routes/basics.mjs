import { Hono } from 'hono';

import { burn, calibrate, countPrimes } from '../../node-shared/cpu_work.mjs';
import { wait } from '../../node-shared/wait.mjs';

const iterationsPerMs = calibrate();

export const basics = new Hono();

basics.get('/plaintext', (c) => c.text('Hello, World!'));

basics.get('/json', (c) => c.json({ message: 'Hello, World!' }));

basics.get('/delay/:ms{\\d{1,5}}', async (c) => {
  const ms = c.req.param('ms');
  await wait(Number(ms));
  return c.text(ms);
});

basics.get('/cpu/:ms{\\d{1,5}}', (c) => {
  const ms = c.req.param('ms');
  burn(Number(ms), iterationsPerMs);
  return c.text(ms);
});

basics.get('/work', (c) => c.text(String(countPrimes())));
