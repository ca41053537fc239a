// The workloads' routes.

import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';

import { basics } from './routes/basics.mjs';
import { events } from './routes/events.mjs';
import { fanout } from './routes/fanout.mjs';
import { fortunes } from './routes/fortunes.mjs';
import { orders } from './routes/orders.mjs';
import { world } from './routes/world.mjs';

export const app = new Hono();

for (const part of [basics, orders, fanout, world, fortunes, events]) {
  app.route('/', part);
}

app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  return c.text('Internal Server Error', 500);
});
