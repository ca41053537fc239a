import { eq } from 'drizzle-orm';
import { Router } from 'express';

import { rowIds } from '../../node-shared/row_ids.mjs';
import { db } from '../database.mjs';
import { ById, QueriesQuery } from '../schemas.mjs';
import { world as table } from '../tables.mjs';

export const world = Router();

world.get('/db', (req, res) => {
  const { id } = ById.parse(req.query);
  answer(res, readRow(db, id));
});

world.get('/queries', (req, res) => {
  const { n } = QueriesQuery.parse(req.query);
  res.json(rowIds(n).map((id) => readRow(db, id)));
});

world.post('/update', (req, res) => {
  const { id } = ById.parse(req.query);
  // Immediate, as SQLite refuses to let a transaction write that has read what is out of date.
  const row = db.transaction((tx) => updateRow(tx, id), { behavior: 'immediate' });
  answer(res, row);
});

function readRow(connection, id) {
  return connection.select().from(table).where(eq(table.id, id)).get();
}

function updateRow(tx, id) {
  const row = readRow(tx, id);
  if (row) {
    row.number = id;
    tx.update(table).set({ number: row.number }).where(eq(table.id, id)).run();
  }
  return row;
}

function answer(res, row) {
  if (!row) {
    return res.sendStatus(404);
  }
  return res.json(row);
}
