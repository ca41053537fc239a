// What three validators make of the rules of an order: Fastify's ajv, Express's zod, and the rules
// file's own code are given every field of an order as each of many values. Prints, as JSON, how
// many orders that were, how many were refused, those on which the three differ, and the rules.

import { createRequire } from 'node:module';

import { Order } from '../../workloads/backends/express/order_schemas.mjs';
import * as rules from '../../workloads/page/order_rules.mjs';

const backends = new URL('../../workloads/backends/', import.meta.url);
const Ajv = createRequire(backends)('ajv');
const isOrder = new Ajv({ coerceTypes: false }).compile(rules.order);

const item = { sku: 'AB-1000', quantity: 1, price_cents: 1995 };
const text = JSON.stringify({
  number: 123,
  customer: 'Ada Lovelace',
  email: 'ada@example.com',
  items: [item],
  note: 'Short.',
});

const MISSING = Symbol('missing');
const lengths = [1, 2, 99, 100, 101, 196, 197, 198, 999, 1000, 1001];
const values = [
  ...[MISSING, null, true, {}, [], [1], ''],
  ...['AB-1000', 'ab-1000', 'AB-10000', 'AB-1000\n', 'ÀB-1000'],
  ...[-1, 0, 0.5, 1, 2.0, 99, 100, 999, 1000, 10_000_000, 10_000_001, 2 ** 53, 1e21, '2', '123'],
  ...['a@b', '@', '@b', 'a@', 'a@@b', 'a@b@c', 'a@\n', '\ud800@b'],
  ...lengths.flatMap((length) => ['x', '😀', 'é', '\ud800'].map((one) => one.repeat(length))),
  ...lengths.flatMap((length) => ['x', '😀'].map((one) => `a@b${one.repeat(length)}`)),
  ...[0, 1, 50, 51].map((length) => Array.from({ length }, () => item)),
];

const places = [
  ...Object.keys(rules.order.properties).map((name) => [name]),
  ['items', 0],
  ...Object.keys(item).map((name) => ['items', 0, name]),
  ['unknown'],
  ['items', 0, 'unknown'],
];

const { order, orderQuery } = rules;
const found = { orders: 0, refused: 0, differing: [], rules: { order, orderQuery }, count: 0 };

for (const place of places) {
  for (const value of values) {
    const order = changed(place, value);
    const errors = rules.orderErrors(order);
    const verdicts = [errors.length === 0, isOrder(order), Order.safeParse(order).success];
    const isNamed = errors.every(({ field }) => field.startsWith(place.join('.')));
    found.orders += 1;
    found.refused += verdicts[0] ? 0 : 1;
    if (new Set(verdicts).size > 1 || !isNamed) {
      found.differing.push({ place, value: String(value), verdicts, errors });
    }
  }
}
found.count = countRules(order) + countRules(orderQuery);
console.log(JSON.stringify(found));

function changed(place, value) {
  const order = JSON.parse(text);
  const last = place.at(-1);
  const inner = place.slice(0, -1).reduce((within, name) => within[name], order);
  if (value === MISSING) {
    delete inner[last];
    return Array.isArray(inner) ? JSON.parse(JSON.stringify(order)) : order;
  }
  inner[last] = value;
  return order;
}

// All but what leads to other rules, and what is for people.
function countRules({ properties = {}, items, description, ...keywords }) {
  const inner = [...Object.values(properties), ...(items ? [items] : [])];
  return Object.keys(keywords).length + inner.reduce((sum, rule) => sum + countRules(rule), 0);
}
