import { Agent, fetch } from 'undici';

import { options } from '../../node-shared/options.mjs';
import { fanoutQuery } from '../schemas.mjs';

const replies = {
  type: 'object',
  properties: { replies: { type: 'array', items: { type: 'string' } } },
};

export async function fanout(app) {
  const dispatcher = new Agent({ connections: 64 });
  app.addHook('onClose', () => dispatcher.close());

  async function ask() {
    const response = await fetch(`${options.upstream}/delay/5`, { dispatcher });
    if (!response.ok) {
      throw new Error(`the upstream answered ${response.status}`);
    }
    return response.text();
  }

  const schema = { querystring: fanoutQuery, response: { 200: replies } };

  app.get('/fanout', { schema }, async ({ query }) => ({
    replies: await Promise.all(Array.from({ length: Number(query.n) }, ask)),
  }));
}
