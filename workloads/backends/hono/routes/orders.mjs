import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';

import { Order, OrderQuery } from '../../express/order_schemas.mjs';
import { validated } from '../validated.mjs';

const LARGEST_BODY = 4096;

export const orders = new Hono();

orders.post(
  '/orders/:id{\\d{1,15}}',
  bodyLimit({ maxSize: LARGEST_BODY }),
  validated('query', OrderQuery),
  readJson,
  (c) => {
    const { q } = c.req.valid('query');
    const order = c.get('order');
    return c.json({ id: Number(c.req.param('id')), q, ...order, count: order.items.length });
  },
);

// The validator of the package would answer 400 itself to what is no JSON.
async function readJson(c, next) {
  const text = await c.req.text();
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    return c.json({ errors: ['not JSON'] }, 422);
  }
  const found = Order.safeParse(given);
  if (!found.success) return c.json({ errors: found.error.issues }, 422);
  c.set('order', found.data);
  return next();
}
