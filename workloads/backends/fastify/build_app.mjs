// The workloads' routes on Fastify, with a database and, where there are any, accounts.

import view from '@fastify/view';
import webSocket from '@fastify/websocket';
import ejs from 'ejs';
import fastify from 'fastify';
import { join } from 'node:path';

import { answerError } from './errors.mjs';
import { basics } from './routes/basics.mjs';
import { bulk } from './routes/bulk.mjs';
import { events } from './routes/events.mjs';
import { fanout } from './routes/fanout.mjs';
import { fortunes } from './routes/fortunes.mjs';
import { orders } from './routes/orders.mjs';
import { webSockets } from './routes/websockets.mjs';
import { world } from './routes/world.mjs';

export async function buildApp(database, accounts) {
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
  if (accounts) app.register(accounts);
  app.register(events);
  app.register(bulk);
  app.register(webSockets);
  await app.ready();
  return app;
}

export async function listen(app, port) {
  await app.listen({ port, host: '127.0.0.1' });
  process.once('SIGTERM', () => app.close());
}
