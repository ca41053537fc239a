import express, { Router } from 'express';

import { ById, Order, OrderQuery } from '../schemas.mjs';

export const orders = Router();

orders.post('/orders/:id', express.json({ limit: 4096 }), (req, res) => {
  const { id } = ById.parse(req.params);
  const { q } = OrderQuery.parse(req.query);
  const order = Order.parse(req.body);
  res.json({ id, q, ...order, count: order.items.length });
});
