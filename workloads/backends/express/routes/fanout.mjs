import { Router } from 'express';
import { Agent, fetch } from 'undici';

import { options } from '../../node-shared/options.mjs';
import { FanoutQuery } from '../schemas.mjs';

const dispatcher = new Agent({ connections: 64 });

export const fanout = Router();

fanout.get('/fanout', async (req, res) => {
  const { n } = FanoutQuery.parse(req.query);
  const replies = await Promise.all(Array.from({ length: n }, ask));
  res.json({ replies });
});

async function ask() {
  const response = await fetch(`${options.upstream}/delay/5`, { dispatcher });
  if (!response.ok) {
    throw new Error(`the upstream answered ${response.status}`);
  }
  return response.text();
}
