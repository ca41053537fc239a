// The workloads' SQL on node:sqlite, for the servers that use it raw.

import { DatabaseSync } from 'node:sqlite';

import { rowIds } from './row_ids.mjs';

export class SqliteDatabase {
  #connection;
  #row;
  #update;
  #fortunes;
  #account;

  constructor(path) {
    const connection = new DatabaseSync(path);
    connection.exec('PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000');
    this.#connection = connection;
    this.#row = connection.prepare('SELECT id, number FROM world WHERE id = ?');
    this.#update = connection.prepare('UPDATE world SET number = ? WHERE id = ?');
    this.#fortunes = connection.prepare('SELECT id, message FROM fortune');
    this.#account = connection.prepare('SELECT name, salt, password FROM account WHERE name = ?');
  }

  get connection() {
    return this.#connection;
  }

  readRow(id) {
    return this.#row.get(id);
  }

  readRows(count) {
    return rowIds(count).map((id) => this.readRow(id));
  }

  updateRow(id) {
    // IMMEDIATE, as SQLite refuses to let a transaction write that has read what is out of date.
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const row = this.readRow(id);
      if (row) {
        row.number = id;
        this.#update.run(row.number, row.id);
      }
      this.#connection.exec('COMMIT');
      return row;
    } catch (error) {
      this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  readFortunes() {
    return this.#fortunes.all();
  }

  findAccount(name) {
    return this.#account.get(name);
  }
}
