// Sessions of @fastify/session in SQLite, by node:sqlite.

import { database } from '../node-shared/raw_database.mjs';

class SqliteStore {
  #get;
  #set;
  #destroy;

  constructor(connection) {
    connection.exec(`CREATE TABLE IF NOT EXISTS fastify_session (
      sid TEXT PRIMARY KEY, data TEXT NOT NULL, expires INTEGER NOT NULL
    )`);
    this.#get = connection.prepare(
      'SELECT data FROM fastify_session WHERE sid = ? AND expires > ?',
    );
    this.#set = connection.prepare('INSERT OR REPLACE INTO fastify_session VALUES (?, ?, ?)');
    this.#destroy = connection.prepare('DELETE FROM fastify_session WHERE sid = ?');
  }

  get(sid, callback) {
    attempt(callback, () => {
      const found = this.#get.get(sid, Date.now());
      return found && JSON.parse(found.data);
    });
  }

  set(sid, session, callback) {
    attempt(callback, () => {
      this.#set.run(sid, JSON.stringify(session), session.cookie.expires.getTime());
    });
  }

  destroy(sid, callback) {
    attempt(callback, () => {
      this.#destroy.run(sid);
    });
  }
}

export const sessionStore = new SqliteStore(database.connection);

function attempt(callback, query) {
  let found;
  try {
    found = query();
  } catch (error) {
    return callback(error);
  }
  return callback(null, found);
}
