import { Ticks } from '../../node-shared/ticks.mjs';
import { eventsQuery } from '../schemas.mjs';

export async function events(app) {
  const schema = { querystring: eventsQuery };

  // A HEAD route would read the stream, which has no end.
  app.get('/events', { schema, exposeHeadRoute: false }, async ({ query }, reply) => {
    reply.type('text/event-stream').header('Cache-Control', 'no-cache');
    return reply.send(new Ticks(Number(query.interval)));
  });
}
