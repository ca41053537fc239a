// An order's rules are those of its page.

import {
  LARGEST_ORDER,
  NOT_JSON,
  order,
  orderErrors,
  orderQuery,
  orderQueryErrors,
  TOO_LARGE,
} from '../../../page/order_rules.mjs';
import { answerError } from '../errors.mjs';
import { byId, object } from '../schemas.mjs';

const orderReply = object({
  id: { type: 'integer' },
  ...orderQuery.properties,
  ...order.properties,
  count: { type: 'integer' },
});

export async function orders(app) {
  const schema = {
    params: byId,
    querystring: orderQuery,
    body: order,
    response: { 200: orderReply },
  };
  const options = { schema, bodyLimit: LARGEST_ORDER, errorHandler: refuse };

  app.post('/orders/:id', options, async ({ params, query, body }) => ({
    ...body,
    id: Number(params.id),
    q: query.q,
    count: body.items.length,
  }));
}

// In the words of the page.
function refuse(error, request, reply) {
  const errors = errorsOf(error, request);
  if (errors.length === 0 || request.raw.errored) return answerError(error, request, reply);
  return reply.code(error.statusCode === 413 ? 413 : 422).send({ errors });
}

function errorsOf({ statusCode = 500, validation }, { body, query }) {
  if (statusCode >= 500) return [];
  if (statusCode === 413) return [TOO_LARGE];
  return [...(validation ? orderErrors(body) : [NOT_JSON]), ...orderQueryErrors(query)];
}
