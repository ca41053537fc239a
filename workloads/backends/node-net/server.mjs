// The workloads on node:net, one process with one event loop.

import { options } from '../node-shared/options.mjs';
import { listen } from './http_server.mjs';
import { route } from './routes.mjs';

listen('127.0.0.1', Number(options.port), route);
