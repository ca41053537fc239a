// The workloads on Fastify, one process with one event loop.

import view from '@fastify/view';
import webSocket from '@fastify/websocket';
import ejs from 'ejs';
import fastify from 'fastify';
import { join } from 'node:path';

import { isPostgresql, options } from '../node-shared/options.mjs';
import { database } from '../node-shared/raw_database.mjs';
import { answerError } from './errors.mjs';
import { basics } from './routes/basics.mjs';
import { bulk } from './routes/bulk.mjs';
import { events } from './routes/events.mjs';
import { fanout } from './routes/fanout.mjs';
import { fortunes } from './routes/fortunes.mjs';
import { orders } from './routes/orders.mjs';
import { webSockets } from './routes/websockets.mjs';
import { world } from './routes/world.mjs';

const app = fastify({
  bodyLimit: 4096,
  ajv: { customOptions: { coerceTypes: false } },
  forceCloseConnections: true,
});

app.setErrorHandler(answerError);
app.decorate('database', database);
app.register(view, {
  engine: { ejs },
  root: join(import.meta.dirname, '../node-shared/views'),
});
app.register(webSocket, {
  options: {
    perMessageDeflate: false,
    closeTimeout: 500, // so long a stop waits for a client that does not answer
    // Else the plugin opens a WebSocket on every route, to close it at once on those that have none.
    verifyClient: ({ req }, next) => next(req.url.startsWith('/ws/'), 404),
  },
});

app.register(basics);
app.register(orders);
app.register(fanout);
app.register(world);
app.register(fortunes);
// Sessions are kept in SQLite or in Redis: beside PostgreSQL there are no accounts.
if (!isPostgresql) {
  const { accounts } = await import('./routes/accounts.mjs');
  app.register(accounts);
}
app.register(events);
app.register(bulk);
app.register(webSockets);
await app.ready();

export async function listen() {
  await app.listen({ port: Number(options.port), host: '127.0.0.1' });
  process.once('SIGTERM', () => app.close());
}
