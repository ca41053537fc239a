// What /fortunes shows of the rows that it read.

const ADDED = { id: 0, message: 'Additional fortune added at request time.' };

export function shownFortunes(rows) {
  return [...rows, ADDED].sort((one, other) => (one.message < other.message ? -1 : 1));
}
