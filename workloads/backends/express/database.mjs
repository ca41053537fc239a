// Drizzle has tables, and a driver, for each kind of database. Only the one in use is loaded.

import { isPostgresql } from '../node-shared/options.mjs';

export const { db, world, fortune, account, updateRow } = isPostgresql
  ? await import('./postgresql_database.mjs')
  : await import('./sqlite_database.mjs');
