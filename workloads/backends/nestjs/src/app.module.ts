import { Module } from '@nestjs/common';

import { isPostgresql } from '../../node-shared/options.mjs';
import { BasicsController } from './basics/basics.controller.js';
import { BulkController } from './bulk/bulk.controller.js';
import { EventsController } from './events/events.controller.js';
import { FanoutController } from './fanout/fanout.controller.js';
import { UpstreamService } from './fanout/upstream.service.js';
import { FortunesModule } from './fortunes/fortunes.module.js';
import { OrdersController } from './orders/orders.controller.js';
import { WorldModule } from './world/world.module.js';

// Sessions are kept in SQLite or in Redis: beside PostgreSQL there are no accounts.
const accounts = isPostgresql
  ? []
  : [(await import('./accounts/accounts.module.js')).AccountsModule];

@Module({
  imports: [WorldModule, FortunesModule, ...accounts],
  controllers: [
    BasicsController,
    OrdersController,
    FanoutController,
    EventsController,
    BulkController,
  ],
  providers: [UpstreamService],
})
export class AppModule {}
