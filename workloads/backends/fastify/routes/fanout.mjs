import { Pool } from 'undici';

import { options } from '../../node-shared/options.mjs';
import { fanoutQuery } from '../schemas.mjs';

const replies = {
  type: 'object',
  properties: { replies: { type: 'array', items: { type: 'string' } } },
};

export async function fanout(app) {
  const upstream = new Pool(options.upstream, { connections: 64 });
  app.addHook('onClose', () => upstream.close());

  async function ask() {
    const { statusCode, body } = await upstream.request({ method: 'GET', path: '/delay/5' });
    const text = await body.text();
    if (statusCode !== 200) {
      throw new Error(`the upstream answered ${statusCode}`);
    }
    return text;
  }

  const schema = { querystring: fanoutQuery, response: { 200: replies } };

  app.get('/fanout', { schema }, async ({ query }) => ({
    replies: await Promise.all(Array.from({ length: Number(query.n) }, ask)),
  }));
}
