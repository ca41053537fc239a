// The rows that /queries reads: ids 100000, 100500, 101000 and so on.

const FIRST_ID = 100_000;
const ROWS = 10_000;
const STRIDE = 500;

export function rowIds(count) {
  return Array.from({ length: count }, (_, k) => FIRST_ID + ((STRIDE * k) % ROWS));
}
