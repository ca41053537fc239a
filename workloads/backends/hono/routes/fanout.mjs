import { Hono } from 'hono';
import { Agent, fetch } from 'undici';

import { FanoutQuery } from '../../express/schemas.mjs';
import { options } from '../../node-shared/options.mjs';
import { validated } from '../validated.mjs';

const dispatcher = new Agent({ connections: 64 });

export const fanout = new Hono();

fanout.get('/fanout', validated('query', FanoutQuery), async (c) => {
  const { n } = c.req.valid('query');
  return c.json({ replies: await Promise.all(Array.from({ length: n }, ask)) });
});

async function ask() {
  const response = await fetch(`${options.upstream}/delay/5`, { dispatcher });
  if (!response.ok) {
    throw new Error(`the upstream answered ${response.status}`);
  }
  return response.text();
}
