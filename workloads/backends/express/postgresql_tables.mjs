import { integer, pgTable, text } from 'drizzle-orm/pg-core';

export const world = pgTable('world', {
  id: integer().primaryKey(),
  number: integer().notNull(),
});

export const fortune = pgTable('fortune', {
  id: integer().primaryKey(),
  message: text().notNull(),
});

export const account = pgTable('account', {
  name: text().primaryKey(),
  salt: text().notNull(),
  password: text().notNull(),
});
