import { eq } from 'drizzle-orm';
import { Router } from 'express';

import { rowIds } from '../../node-shared/row_ids.mjs';
import { db, world as table, updateRow } from '../database.mjs';
import { ById, QueriesQuery } from '../schemas.mjs';

export const world = Router();

world.get('/db', async (req, res) => {
  const { id } = ById.parse(req.query);
  answer(res, await readRow(id));
});

world.get('/queries', async (req, res) => {
  const { n } = QueriesQuery.parse(req.query);
  const rows = [];
  for (const id of rowIds(n)) {
    rows.push(await readRow(id));
  }
  res.json(rows);
});

world.post('/update', async (req, res) => {
  const { id } = ById.parse(req.query);
  answer(res, await updateRow(id));
});

async function readRow(id) {
  const [row] = await db.select().from(table).where(eq(table.id, id));
  return row;
}

function answer(res, row) {
  if (!row) {
    return res.sendStatus(404);
  }
  return res.json(row);
}
