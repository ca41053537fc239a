import { Router } from 'express';
import { pipeline } from 'node:stream/promises';

import { Ticks } from '../../node-shared/ticks.mjs';
import { EventsQuery } from '../schemas.mjs';

export const events = Router();

events.get('/events', async (req, res) => {
  const { interval } = EventsQuery.parse(req.query);
  res.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache',
  });
  await pipeline(new Ticks(interval), res);
});
