import Database from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';

import { options } from '../node-shared/options.mjs';
import { world } from './sqlite_tables.mjs';

export * from './sqlite_tables.mjs';

const connection = new Database(options.database);
connection.pragma('synchronous = NORMAL');
connection.pragma('busy_timeout = 5000');

export const db = drizzle({ client: connection });

export function updateRow(id) {
  // Immediate, as SQLite refuses to let a transaction write that has read what is out of date.
  return db.transaction((tx) => readAndWrite(tx, id), { behavior: 'immediate' });
}

// better-sqlite3 has no asynchronous transactions.
function readAndWrite(tx, id) {
  const row = tx.select().from(world).where(eq(world.id, id)).get();
  if (row) {
    row.number = id;
    tx.update(world).set({ number: row.number }).where(eq(world.id, id)).run();
  }
  return row;
}
