// What is valid input and what output looks like, in JSON Schema. Nothing is coerced: a number of a
// path or a query is a text of digits.

const digits = { type: 'string', pattern: '^\\d{1,15}$' };

export const object = (properties) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

export const byId = object({ id: digits });

export const row = object({ id: { type: 'integer' }, number: { type: 'integer' } });

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
