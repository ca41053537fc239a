// Sessions of express-session in SQLite, by Drizzle. Without touch(), which would
// write at every request, a session ends so long after its login.

import { and, eq, gt, sql } from 'drizzle-orm';
import session from 'express-session';

import { db } from './sqlite_database.mjs';
import { expressSession } from './sqlite_tables.mjs';

// The one table that is not in the file already.
db.run(sql`
  CREATE TABLE IF NOT EXISTS express_session (
    sid TEXT PRIMARY KEY, data TEXT NOT NULL, expires INTEGER NOT NULL
  )
`);

class DrizzleStore extends session.Store {
  get(sid, callback) {
    attempt(callback, () => {
      const isValid = and(eq(expressSession.sid, sid), gt(expressSession.expires, new Date()));
      return db.select().from(expressSession).where(isValid).get()?.data;
    });
  }

  set(sid, data, callback) {
    attempt(callback, () => {
      const { expires } = data.cookie;
      db.insert(expressSession)
        .values({ sid, data, expires })
        .onConflictDoUpdate({ target: expressSession.sid, set: { data, expires } })
        .run();
    });
  }

  destroy(sid, callback) {
    attempt(callback, () => {
      db.delete(expressSession).where(eq(expressSession.sid, sid)).run();
    });
  }
}

export const sessionStore = new DrizzleStore();

function attempt(callback, query) {
  let found;
  try {
    found = query();
  } catch (error) {
    return callback(error);
  }
  return callback(null, found);
}
