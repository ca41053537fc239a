import { parentPort, workerData } from 'node:worker_threads';

import { burn, countPrimes } from '../node-shared/cpu_work.mjs';

parentPort.on('message', ({ burnMs }) => {
  const result = burnMs === undefined ? countPrimes() : burn(burnMs, workerData.iterationsPerMs);
  parentPort.postMessage(result);
});
