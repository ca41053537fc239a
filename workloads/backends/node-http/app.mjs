// The workloads on node:http, one process with one event loop, which the CPU work holds up.

import { burn, calibrate, countPrimes } from '../node-shared/cpu_work.mjs';
import { options } from '../node-shared/options.mjs';
import { createHttpServer } from './http_server.mjs';

const iterationsPerMs = calibrate();
const server = await createHttpServer({
  burn: (ms) => burn(ms, iterationsPerMs),
  countPrimes: () => countPrimes(),
});

export function listen() {
  server.listen(Number(options.port), '127.0.0.1');
}
