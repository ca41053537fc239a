import Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';

import { options } from '../node-shared/options.mjs';

const connection = new Database(options.database);
connection.pragma('synchronous = NORMAL');
connection.pragma('busy_timeout = 5000');

export const db = drizzle({ client: connection });

// The one table that is not in the file already.
db.run(sql`
  CREATE TABLE IF NOT EXISTS express_session (
    sid TEXT PRIMARY KEY, data TEXT NOT NULL, expires INTEGER NOT NULL
  )
`);
