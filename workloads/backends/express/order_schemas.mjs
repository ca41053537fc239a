// What a valid order is, by the rules of its page.

import { z } from 'zod';

import { order, orderQuery } from '../../page/order_rules.mjs';

export const OrderQuery = stripped(z.fromJSONSchema(orderQuery));
export const Order = stripped(z.fromJSONSchema(order));

// JSON Schema lets fields through that it doesn't name; zod's own objects leave them out.
function stripped(schema) {
  if (schema instanceof z.ZodArray) {
    return schema.clone({ ...schema.def, element: stripped(schema.element) });
  }
  if (schema instanceof z.ZodObject) {
    const parts = Object.entries(schema.shape).map(([name, part]) => [name, stripped(part)]);
    return z.object(Object.fromEntries(parts));
  }
  return schema;
}
