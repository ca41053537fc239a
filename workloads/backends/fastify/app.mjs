// The workloads on Fastify, one process with one event loop.

import { isPostgresql, options } from '../node-shared/options.mjs';
import { database } from '../node-shared/raw_database.mjs';
import { buildApp, listen as listenAt } from './build_app.mjs';

// Sessions are kept in SQLite or in Redis: beside PostgreSQL there are no accounts.
const accounts = isPostgresql ? null : (await import('./routes/accounts.mjs')).accounts;
const app = await buildApp(database, accounts);

export const listen = () => listenAt(app, Number(options.port));
