import { Body, Controller, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';

import { ById, Order, OrderQuery } from './order.dto.js';

@Controller()
export class OrdersController {
  @Post('/orders/:id')
  @HttpCode(HttpStatus.OK)
  place(@Param() { id }: ById, @Query() { q }: OrderQuery, @Body() order: Order) {
    return { id, q, ...order, count: order.items.length };
  }
}
