// An order's rules are those of its page.

import {
  LARGEST_ORDER,
  orderErrors,
  orderQueryErrors,
  orderTextErrors,
  TOO_LARGE,
} from '../../page/order_rules.mjs';
import { readText } from './json_body.mjs';
import { param } from './query.mjs';
import { InvalidFields } from './request_error.mjs';
import { sendJson } from './responses.mjs';
import { readNumber } from './rules.mjs';

export function addOrders(router) {
  router.post(/^\/orders\/(?<id>[^/]+)$/, async (request, response, { params, search }) => {
    const text = await readText(request, LARGEST_ORDER);
    if (text === null) {
      throw new InvalidFields(413, [TOO_LARGE]);
    }
    const id = readNumber(params.id);
    const q = param(search, 'q');
    const order = readOrder(text, q);
    sendJson(response, { id, q, ...order, count: order.items.length });
  });
}

// Fields that no rule knows are left out.
function readOrder(text, q) {
  const order = parsed(text);
  if (orderErrors(order).length > 0 || orderQueryErrors({ q }).length > 0) {
    throw new InvalidFields(422, orderTextErrors(text, q));
  }
  const { number, customer, email, items, note } = order;
  return { number, customer, email, items: items.map(readItem), note };
}

function readItem({ sku, quantity, price_cents }) {
  return { sku, quantity, price_cents };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which is no order
  }
}
