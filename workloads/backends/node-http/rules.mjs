// What is valid input. Nothing here is Node.js's own: a browser's page can check by the same file.

const DIGITS = /^\d{1,15}$/;
const EMAIL = /^[^@]+@[^@]+$/;
const SKU = /^[A-Z]{2}-\d{4}$/;

// What breaks a rule; its message says which.
export class Invalid extends Error {}

// A whole number of a path or a query.
export function readNumber(text, least = 0, most = Number.MAX_SAFE_INTEGER) {
  const number = Number(text);
  if (!DIGITS.test(text) || number < least || number > most) {
    throw new Invalid(`not a whole number from ${least} to ${most}`);
  }
  return number;
}

export function readQ(q) {
  return readText({ q }, 'q', 1, 50);
}

export function readOrder(body) {
  const order = readObject(body, 'order');
  return {
    number: readWhole(order, 'number', 100, 999),
    customer: readText(order, 'customer', 1, 100),
    email: readText(order, 'email', 3, 200, EMAIL),
    items: readItems(order.items),
    note: readText(order, 'note', 0, 1000),
  };
}

export function readCredentials(body) {
  const credentials = readObject(body, 'credentials');
  return { name: readText(credentials, 'name'), password: readText(credentials, 'password') };
}

function readItems(items) {
  if (!Array.isArray(items) || items.length < 1 || items.length > 50) {
    throw new Invalid('items: not a list of 1 to 50');
  }
  return items.map((value) => {
    const item = readObject(value, 'item');
    return {
      sku: readText(item, 'sku', 7, 7, SKU),
      quantity: readWhole(item, 'quantity', 1, 999),
      price_cents: readWhole(item, 'price_cents', 1, 10_000_000),
    };
  });
}

function readObject(value, what) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Invalid(`${what}: not an object`);
  }
  return value;
}

function readText(values, key, least = 0, most = Infinity, form = undefined) {
  const value = values[key];
  if (typeof value !== 'string' || !isLong(value, least, most)) {
    throw new Invalid(`${key}: not a text of ${least} to ${most} characters`);
  }
  if (form && !form.test(value)) {
    throw new Invalid(`${key}: not of its form`);
  }
  return value;
}

// In characters, of which `length` counts some twice.
function isLong(text, least, most) {
  const length = text.length <= most ? text.length : [...text].length;
  return least <= length && length <= most;
}

function readWhole(values, key, least, most) {
  const value = values[key];
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Invalid(`${key}: not a whole number from ${least} to ${most}`);
  }
  return value;
}
