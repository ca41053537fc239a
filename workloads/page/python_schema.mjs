// A Python server's rules in the page, which can't load them: pydantic writes them as JSON Schema,
// which must be made anew whenever they change, and a package checks by that, with words of its
// own. serve.mjs makes both files of made/.

import Ajv from './made/ajv.mjs';
import schemas from './made/schemas.json' with { type: 'json' };

const ajv = new Ajv({ allErrors: true });
const isOrder = ajv.compile(schemas.order);
const isQuery = ajv.compile(schemas.orderQuery);

export function orderTextErrors(text, q) {
  if (new TextEncoder().encode(text).length > schemas.largest) {
    return [{ field: 'order', words: `must NOT have more than ${schemas.largest} bytes` }];
  }
  return [...textErrors(text), ...errorsOf(isQuery, { q })];
}

function textErrors(text) {
  try {
    return errorsOf(isOrder, JSON.parse(text));
  } catch {
    return [{ field: 'order', words: 'must be JSON' }];
  }
}

// Of a field the first.
function errorsOf(isValid, given) {
  const errors = isValid(given) ? [] : isValid.errors.map(asField);
  return [...new Map(errors.toReversed().map((error) => [error.field, error])).values()].reverse();
}

// ajv says /items/0/sku, and what lacks a field where the field is missing.
function asField({ instancePath, params, message }) {
  const names = [...instancePath.split('/').slice(1), params.missingProperty ?? []].flat();
  return { field: names.join('.') || 'order', words: message };
}
