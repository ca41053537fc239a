// node-http with its CPU work in worker threads, so that the event loop is never held up.

import { availableParallelism } from 'node:os';

import { createHttpServer } from '../node-http/http_server.mjs';
import { calibrate } from '../node-shared/cpu_work.mjs';
import { options } from '../node-shared/options.mjs';
import { WorkerPool } from './worker_pool.mjs';

const pool = new WorkerPool({
  size: availableParallelism(),
  file: new URL('./cpu_worker.mjs', import.meta.url),
  workerData: { iterationsPerMs: calibrate() },
});
await pool.ready();

const server = await createHttpServer({
  burn: (ms) => pool.run({ burnMs: ms }),
  countPrimes: () => pool.run({}),
});
server.listen(Number(options.port), '127.0.0.1');
