import { readJson } from './json_body.mjs';
import { param } from './query.mjs';
import { sendJson } from './responses.mjs';
import { readNumber, readOrder, readQ } from './rules.mjs';

export function addOrders(router) {
  router.post(/^\/orders\/(?<id>[^/]+)$/, async (request, response, { params, search }) => {
    const order = readOrder(await readJson(request));
    const id = readNumber(params.id);
    const q = readQ(param(search, 'q'));
    sendJson(response, { id, q, ...order, count: order.items.length });
  });
}
