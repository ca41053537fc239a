import { Hono } from 'hono';

import { ById, QueriesQuery } from '../../express/schemas.mjs';
import { database } from '../../node-shared/raw_database.mjs';
import { validated } from '../validated.mjs';

export const world = new Hono();

world.get('/db', validated('query', ById), async (c) => {
  return answer(c, await database.readRow(c.req.valid('query').id));
});

world.get('/queries', validated('query', QueriesQuery), async (c) => {
  return c.json(await database.readRows(c.req.valid('query').n));
});

world.post('/update', validated('query', ById), async (c) => {
  return answer(c, await database.updateRow(c.req.valid('query').id));
});

function answer(c, row) {
  return row ? c.json(row) : c.notFound();
}
