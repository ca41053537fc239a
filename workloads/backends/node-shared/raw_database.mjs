// The database of the servers that write their SQL themselves. Only its own driver is loaded.

import { isPostgresql, options } from './options.mjs';

async function openDatabase() {
  if (isPostgresql) {
    const { PostgresqlDatabase } = await import('./postgresql_database.mjs');
    return new PostgresqlDatabase(options.database, Number(options.pool));
  }
  const { SqliteDatabase } = await import('./sqlite_database.mjs');
  return new SqliteDatabase(options.database);
}

export const database = await openDatabase();
