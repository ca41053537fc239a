import { byId, order, orderQuery, orderReply } from '../schemas.mjs';

export async function orders(app) {
  const schema = {
    params: byId,
    querystring: orderQuery,
    body: order,
    response: { 200: orderReply },
  };

  app.post('/orders/:id', { schema }, async ({ params, query, body }) => ({
    id: Number(params.id),
    q: query.q,
    ...body,
    count: body.items.length,
  }));
}
