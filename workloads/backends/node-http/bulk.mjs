import { pipeline } from 'node:stream/promises';

import { countBytes, pieces } from '../node-shared/bulk.mjs';
import { sendJson } from './responses.mjs';

export function addBulk(router) {
  router.get('/download', async (request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    await pipeline(pieces(), response);
  });
  router.post('/upload', async (request, response) => {
    sendJson(response, { bytes: await countBytes(request) });
  });
}
