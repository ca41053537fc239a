import express, { Router } from 'express';

import {
  LARGEST_ORDER,
  orderErrors,
  orderQueryErrors,
  orderTextErrors,
  TOO_LARGE,
} from '../../../page/order_rules.mjs';
import { Order, OrderQuery } from '../order_schemas.mjs';
import { ById } from '../schemas.mjs';

export const orders = Router();

orders.post('/orders/:id', express.json({ limit: LARGEST_ORDER }), place, refuse);

function place(req, res) {
  const { id } = ById.parse(req.params);
  const { q } = OrderQuery.parse(req.query);
  const order = Order.parse(req.body);
  res.json({ id, q, ...order, count: order.items.length });
}

// In the words of the page.
function refuse(error, req, res, next) {
  const errors = errorsOf(error, req);
  if (errors.length === 0 || req.errored) return next(error);
  return res.status(error.status === 413 ? 413 : 422).json({ errors });
}

function errorsOf(error, { body, query }) {
  if (error.status === 413) return [TOO_LARGE];
  // express.json() gives the text that it can't parse along.
  return error.type === 'entity.parse.failed'
    ? orderTextErrors(error.body, query.q)
    : [...orderErrors(body), ...orderQueryErrors(query)];
}
