import { database } from '../node-shared/raw_database.mjs';

class SqliteSessions {
  #insert;
  #select;

  constructor(connection) {
    this.#insert = connection.prepare('INSERT INTO session (id, name, expires) VALUES (?, ?, ?)');
    this.#select = connection.prepare('SELECT name FROM session WHERE id = ? AND expires > ?');
  }

  add(id, name, seconds) {
    this.#insert.run(id, name, now() + seconds);
  }

  name(id) {
    return this.#select.get(id, now())?.name;
  }
}

function now() {
  return Math.floor(Date.now() / 1000);
}

export const storedSessions = new SqliteSessions(database.connection);
