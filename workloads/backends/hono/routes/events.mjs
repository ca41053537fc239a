import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { setTimeout } from 'node:timers/promises';

import { EventsQuery } from '../../express/schemas.mjs';
import { validated } from '../validated.mjs';

export const events = new Hono();

// Each is due so long after the start, however late those before it were.
events.get('/events', validated('query', EventsQuery), (c) =>
  streamSSE(c, async (stream) => {
    const { interval } = c.req.valid('query');
    const start = performance.now();
    for (let id = 0; !stream.aborted; id += 1) {
      const wait = start + id * interval - performance.now();
      // A server that ends waits for no event.
      if (wait > 0) await setTimeout(Math.ceil(wait), undefined, { ref: false });
      await stream.writeSSE({ id: String(id), data: 'tick' });
    }
  }),
);
