// The workloads on Express, one process with one event loop.

import express from 'express';
import { join } from 'node:path';

import { isPostgresql, options } from '../node-shared/options.mjs';
import { addWebSockets } from '../node-shared/websockets.mjs';
import { answerError } from './errors.mjs';
import { basics } from './routes/basics.mjs';
import { bulk } from './routes/bulk.mjs';
import { events } from './routes/events.mjs';
import { fanout } from './routes/fanout.mjs';
import { fortunes } from './routes/fortunes.mjs';
import { orders } from './routes/orders.mjs';
import { world } from './routes/world.mjs';

const app = express();
app.disable('x-powered-by');
if (options['no-etag']) app.disable('etag');
app.set('views', join(import.meta.dirname, '../node-shared/views'));
app.set('view engine', 'ejs');

app.use(basics);
app.use(orders);
app.use(fanout);
app.use(world);
app.use(fortunes);
// Sessions are kept in SQLite or in Redis: beside PostgreSQL there are no accounts.
if (!isPostgresql) {
  const { accounts } = await import('./routes/accounts.mjs');
  app.use(accounts);
}
app.use(events);
app.use(bulk);
app.use(answerError);

export function listen() {
  const server = app.listen(Number(options.port), '127.0.0.1', (error) => {
    if (error) throw error;
  });
  addWebSockets(server);
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
}
