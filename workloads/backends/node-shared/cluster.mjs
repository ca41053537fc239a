// A server in worker processes that share its port:
// `node cluster.mjs APP --workers N` and the app's own options. APP is a module with listen().

import cluster from 'node:cluster';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { options, positionals } from './options.mjs';

// Connections go in turn to the workers that listen, and stay where they went. So none listens before
// all can: otherwise the first of them would get every connection that is opened in that time.
if (cluster.isPrimary) {
  const workers = Array.from({ length: Number(options.workers) }, () => cluster.fork());
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  for (const worker of workers) worker.send('listen');
} else {
  const { listen } = await import(pathToFileURL(resolve(positionals[0])));
  process.send('ready');
  await once(process, 'message');
  listen();
}
