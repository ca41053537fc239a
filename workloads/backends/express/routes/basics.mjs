import { Router } from 'express';

import { burn, calibrate, countPrimes } from '../../node-shared/cpu_work.mjs';
import { wait } from '../../node-shared/wait.mjs';

const iterationsPerMs = calibrate();

export const basics = Router();

basics.param('ms', (req, res, next, ms) => next(/^\d{1,5}$/.test(ms) ? undefined : 'route'));

basics.get('/plaintext', (req, res) => {
  res.type('text/plain').send('Hello, World!');
});

basics.get('/json', (req, res) => {
  res.json({ message: 'Hello, World!' });
});

basics.get('/delay/:ms', async (req, res) => {
  await wait(Number(req.params.ms));
  res.type('text/plain').send(req.params.ms);
});

basics.get('/cpu/:ms', (req, res) => {
  burn(Number(req.params.ms), iterationsPerMs);
  res.type('text/plain').send(req.params.ms);
});

basics.get('/work', (req, res) => {
  res.type('text/plain').send(String(countPrimes()));
});
