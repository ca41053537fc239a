// The workloads' queries by Drizzle, on the tables and drivers of ../express.

import { eq } from 'drizzle-orm';

import { db, fortune, updateRow, world } from '../express/database.mjs';
import { rowIds } from '../node-shared/row_ids.mjs';

export const database = {
  readRow,
  updateRow,

  async readRows(count) {
    const rows = [];
    for (const id of rowIds(count)) {
      rows.push(await readRow(id));
    }
    return rows;
  },

  async readFortunes() {
    return db.select().from(fortune);
  },
};

async function readRow(id) {
  const [row] = await db.select().from(world).where(eq(world.id, id));
  return row;
}
