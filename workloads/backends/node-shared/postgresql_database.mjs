// The workloads' SQL on pg, for the servers that use it raw. Statements with a name are prepared once
// a connection.

import { Pool } from 'pg';

import { rowIds } from './row_ids.mjs';

const ROW = { name: 'row', text: 'SELECT id, number FROM world WHERE id = $1' };
const LOCKED_ROW = { name: 'locked-row', text: `${ROW.text} FOR UPDATE` };
const UPDATE = { name: 'update', text: 'UPDATE world SET number = $1 WHERE id = $2' };
const FORTUNES = { name: 'fortunes', text: 'SELECT id, message FROM fortune' };

export class PostgresqlDatabase {
  #pool;

  constructor(connectionString, max) {
    this.#pool = new Pool({ connectionString, max, allowExitOnIdle: true });
    this.#pool.on('error', console.error);
  }

  readRow(id) {
    return readRow(this.#pool, ROW, id);
  }

  async readRows(count) {
    const rows = [];
    await this.#withClient(async (client) => {
      for (const id of rowIds(count)) {
        rows.push(await readRow(client, ROW, id));
      }
    });
    return rows;
  }

  updateRow(id) {
    return this.#withClient(async (client) => {
      await client.query('BEGIN');
      try {
        const row = await readRow(client, LOCKED_ROW, id);
        if (row) {
          row.number = id;
          await client.query({ ...UPDATE, values: [row.number, row.id] });
        }
        await client.query('COMMIT');
        return row;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    });
  }

  async readFortunes() {
    const { rows } = await this.#pool.query(FORTUNES);
    return rows;
  }

  async #withClient(use) {
    const client = await this.#pool.connect();
    try {
      return await use(client);
    } finally {
      client.release();
    }
  }
}

async function readRow(client, query, id) {
  const { rows } = await client.query({ ...query, values: [id] });
  return rows[0];
}
