// The rules of an order, once: the page checks by this file, and so do the servers of ../backends
// that load it. Plain JavaScript, for a browser as it is.

export const LARGEST_ORDER = 4096; // bytes of JSON

// In JSON Schema, which validators take as it is. A description says what no other keyword does.
export const order = {
  type: 'object',
  required: ['number', 'customer', 'email', 'items', 'note'],
  properties: {
    number: { type: 'integer', minimum: 100, maximum: 999 },
    customer: { type: 'string', minLength: 1, maxLength: 100 },
    email: {
      type: 'string',
      description: 'text with something on both sides of one @,',
      maxLength: 200,
      pattern: '^[^@]+@[^@]+$',
    },
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        required: ['sku', 'quantity', 'price_cents'],
        properties: {
          sku: {
            type: 'string',
            description: 'two capital letters, a hyphen and four digits',
            pattern: '^[A-Z]{2}-\\d{4}$',
          },
          quantity: { type: 'integer', minimum: 1, maximum: 999 },
          price_cents: { type: 'integer', minimum: 1, maximum: 10_000_000 },
        },
      },
    },
    note: { type: 'string', maxLength: 1000 },
  },
};

// Of the request's query.
export const orderQuery = {
  type: 'object',
  required: ['q'],
  properties: { q: { type: 'string', minLength: 1, maxLength: 50 } },
};

export const NOT_JSON = { field: 'order', words: 'text in JSON' };
export const TOO_LARGE = { field: 'order', words: `at most ${shown(LARGEST_ORDER)} bytes` };

const orderCheck = checkOf(order);
const queryCheck = checkOf(orderQuery);

// Which fields of a parsed order break a rule, such as items.0.sku, each with words of what it is
// to be.
export function orderErrors(given) {
  return orderCheck.fits(given) ? [] : [...orderCheck.errors(given, '')];
}

export function orderQueryErrors(given) {
  return queryCheck.fits(given) ? [] : [...queryCheck.errors(given, '')];
}

// The same of an order as it is sent: its text, and q.
export function orderTextErrors(text, q) {
  if (new TextEncoder().encode(text).length > LARGEST_ORDER) {
    return [TOO_LARGE];
  }
  return [...textErrors(text), ...orderQueryErrors({ q })];
}

function textErrors(text) {
  try {
    return orderErrors(JSON.parse(text));
  } catch {
    return [NOT_JSON];
  }
}

// What a field is to be.
export function wordsOf({ type, description = 'text', properties, ...limits }) {
  switch (type) {
    case 'integer':
      return `a whole number from ${shown(limits.minimum)} to ${shown(limits.maximum)}`;
    case 'string':
      return description + lengthWords(limits);
    case 'array':
      return `a list of ${limits.minItems} to ${limits.maxItems}`;
    default:
      return `an object with ${Object.keys(properties).join(', ')}`;
  }
}

function lengthWords({ minLength, maxLength }) {
  if (maxLength === undefined) return '';
  const from = minLength === undefined ? 'at most' : `${minLength} to`;
  return ` of ${from} ${shown(maxLength)} characters`;
}

function shown(number) {
  return number.toLocaleString('en');
}

// A rule as code. `fits` says whether a value keeps it, in little more time than code that is
// written by hand takes; `errors` says where it doesn't.
function checkOf(rule) {
  const isOne = ownCheck(rule);
  const words = wordsOf(rule);
  const parts = partsOf(rule);
  const each = rule.items && checkOf(rule.items);

  function fits(given) {
    if (!isOne(given)) return false;
    for (const { name, part, isOptional } of parts) {
      if (!part.fits(given[name]) && !(isOptional && given[name] === undefined)) return false;
    }
    return !each || given.every(each.fits);
  }

  function* errors(given, field) {
    if (!isOne(given)) {
      yield { field: field || 'order', words };
      return;
    }
    const inner = field && `${field}.`;
    for (const { name, part, isOptional } of parts) {
      if (!(isOptional && given[name] === undefined)) {
        yield* part.errors(given[name], inner + name);
      }
    }
    if (each) {
      for (const [index, one] of given.entries()) yield* each.errors(one, inner + index);
    }
  }

  return { fits: parts.length || each ? fits : isOne, errors };
}

function partsOf({ properties = {}, required = [] }) {
  return Object.entries(properties).map(([name, rule]) => ({
    name,
    part: checkOf(rule),
    isOptional: !required.includes(name),
  }));
}

// What a rule asks of a value itself, beside what it asks of the value's parts.
function ownCheck({ type, minLength = 0, maxLength = Infinity, pattern = '', ...limits }) {
  const { minimum, maximum, minItems, maxItems } = limits;
  const form = new RegExp(pattern, 'u');
  switch (type) {
    case 'integer':
      return (given) => Number.isInteger(given) && minimum <= given && given <= maximum;
    case 'string':
      return (given) =>
        typeof given === 'string' && isLong(given, minLength, maxLength) && form.test(given);
    case 'array':
      return (given) =>
        Array.isArray(given) && minItems <= given.length && given.length <= maxItems;
    default:
      return (given) => typeof given === 'object' && given !== null && !Array.isArray(given);
  }
}

// In characters, of which `length` counts some twice.
function isLong(text, least, most) {
  const length = text.length <= most ? text.length : [...text].length;
  return least <= length && length <= most;
}
