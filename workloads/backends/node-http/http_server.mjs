// The HTTP server: finds the route of each request, and answers what its handler refuses.

import { createServer } from 'node:http';

import { addWebSockets } from '../node-shared/websockets.mjs';
import { InvalidFields, RequestError } from './request_error.mjs';
import { send, sendJson } from './responses.mjs';
import { createRouter } from './routes.mjs';
import { Invalid } from './rules.mjs';

// `cpu` does the CPU work, at once or later: burn(ms) and countPrimes().
export async function createHttpServer(cpu) {
  const router = await createRouter(cpu);

  const server = createServer(async (request, response) => {
    const [path, search] = request.url.split('?', 2);
    const { handler, params } = router.find(request.method, path);
    try {
      await handler(request, response, { params, search });
    } catch (error) {
      // A client that has left needs no answer.
      if (!request.errored) {
        refuse(response, error);
      }
    }
  });

  addWebSockets(server);

  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

function refuse(response, error) {
  if (error instanceof InvalidFields) {
    sendJson(response, { errors: error.errors }, error.status);
  } else if (error instanceof RequestError) {
    send(response, error.message, { status: error.status });
  } else if (error instanceof Invalid) {
    send(response, error.message, { status: 422 });
  } else {
    console.error(error);
    send(response, 'Internal Server Error', { status: 500 });
  }
}
