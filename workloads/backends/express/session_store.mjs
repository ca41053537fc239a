// Where express-session keeps its sessions: in Redis where there is one, else in SQLite.

import { options } from '../node-shared/options.mjs';

export const { sessionStore } = options.redis
  ? await import('../node-shared/redis_session_store.mjs')
  : await import('./sqlite_session_store.mjs');
