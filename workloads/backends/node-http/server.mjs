// The workloads on node:http, one process with one event loop.

import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { burn, calibrate, countPrimes } from './cpu_work.mjs';

const WORK_LIMIT = 500_000; // Node.js 26 counts the primes below it in about 20 ms

const { values: options } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
const iterationsPerMs = calibrate();
console.log(JSON.stringify({ calibration: { cpu_iterations_per_ms: iterationsPerMs } }));

function send(response, body, contentType = 'text/plain') {
  response.setHeader('Content-Type', contentType);
  response.end(body);
}

const server = createServer((request, response) => {
  switch (request.url) {
    case '/plaintext':
      return send(response, 'Hello, World!');
    case '/json':
      return send(response, JSON.stringify({ message: 'Hello, World!' }), 'application/json');
    case '/work':
      return send(response, String(countPrimes(WORK_LIMIT)));
  }

  const [, route, ms] = request.url.match(/^\/(delay|cpu)\/(\d{1,5})$/) ?? [];
  switch (route) {
    case 'delay':
      setTimeout(() => send(response, ms), Number(ms));
      return;
    case 'cpu':
      burn(Number(ms), iterationsPerMs);
      return send(response, ms);
  }

  response.statusCode = 404;
  send(response, 'Not Found');
});

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});

server.listen(Number(options.port), '127.0.0.1');
