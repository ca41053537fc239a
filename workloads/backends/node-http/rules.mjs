// What is valid input. Of orders, ../../page/order_rules.mjs says it.

const DIGITS = /^\d{1,15}$/;

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

export function readCredentials(body) {
  const { name, password } = body ?? {};
  if (typeof name !== 'string' || typeof password !== 'string') {
    throw new Invalid('no name and password');
  }
  return { name, password };
}
