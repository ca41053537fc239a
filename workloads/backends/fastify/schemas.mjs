// What is valid input and what output looks like, in JSON Schema. Nothing is coerced: a number of a
// path or a query is a text of digits.

const digits = { type: 'string', pattern: '^\\d{1,15}$' };

const wholeNumber = (minimum, maximum) => ({ type: 'integer', minimum, maximum });

const object = (properties) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

export const byId = object({ id: digits });

export const row = object({ id: { type: 'integer' }, number: { type: 'integer' } });

const orderProperties = {
  number: wholeNumber(100, 999),
  customer: { type: 'string', minLength: 1, maxLength: 100 },
  email: { type: 'string', maxLength: 200, pattern: '^[^@]+@[^@]+$' },
  items: {
    type: 'array',
    minItems: 1,
    maxItems: 50,
    items: object({
      sku: { type: 'string', pattern: '^[A-Z]{2}-\\d{4}$' },
      quantity: wholeNumber(1, 999),
      price_cents: wholeNumber(1, 10_000_000),
    }),
  },
  note: { type: 'string', maxLength: 1000 },
};

export const order = object(orderProperties);

export const orderQuery = object({ q: { type: 'string', minLength: 1, maxLength: 50 } });

export const orderReply = object({
  id: { type: 'integer' },
  q: { type: 'string' },
  ...orderProperties,
  count: { type: 'integer' },
});

export const credentials = object({ name: { type: 'string' }, password: { type: 'string' } });

export const named = object({ name: { type: 'string' } });

export const queriesQuery = object({
  // 1 to 500
  n: { type: 'string', pattern: '^([1-9]|[1-9]\\d|[1-4]\\d\\d|500)$' },
});

export const fanoutQuery = object({
  // 1 to 20
  n: { type: 'string', pattern: '^([1-9]|1\\d|20)$' },
});

export const eventsQuery = object({
  // 10 to 60000
  interval: { type: 'string', pattern: '^([1-9]\\d{1,3}|[1-5]\\d{4}|60000)$' },
});

export const chatQuery = object({ room: { type: 'string', minLength: 1, maxLength: 32 } });
