// The workloads on Hono, one process with one event loop.

import { serve } from '@hono/node-server';

import { options } from '../node-shared/options.mjs';
import { app } from './app.mjs';

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(options.port) });

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
