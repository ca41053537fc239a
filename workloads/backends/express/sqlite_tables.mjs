import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const world = sqliteTable('world', {
  id: integer().primaryKey(),
  number: integer().notNull(),
});

export const fortune = sqliteTable('fortune', {
  id: integer().primaryKey(),
  message: text().notNull(),
});

export const account = sqliteTable('account', {
  name: text().primaryKey(),
  salt: text().notNull(),
  password: text().notNull(),
});

// What express-session keeps.
export const expressSession = sqliteTable('express_session', {
  sid: text().primaryKey(),
  data: text({ mode: 'json' }).notNull(),
  expires: integer({ mode: 'timestamp' }).notNull(),
});
