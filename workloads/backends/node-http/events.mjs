import { pipeline } from 'node:stream/promises';

import { Ticks } from '../node-shared/ticks.mjs';
import { param } from './query.mjs';
import { readNumber } from './rules.mjs';

export function addEvents(router) {
  router.get('/events', async (request, response, { search }) => {
    const interval = readNumber(param(search, 'interval'), 10, 60_000);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
    });
    await pipeline(new Ticks(interval), response);
  });
}
