// The workloads of ../fastify that need a database, on an object mapper.

import { buildApp, listen } from '../fastify/build_app.mjs';
import { options } from '../node-shared/options.mjs';
import { database } from './database.mjs';

await listen(await buildApp(database), Number(options.port));
