import { Router } from 'express';
import { pipeline } from 'node:stream/promises';

import { countBytes, pieces } from '../../node-shared/bulk.mjs';

export const bulk = Router();

bulk.get('/download', async (req, res) => {
  res.type('application/octet-stream');
  await pipeline(pieces(), res);
});

bulk.post('/upload', async (req, res) => {
  res.json({ bytes: await countBytes(req) });
});
