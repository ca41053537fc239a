import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';

import { options } from '../../../node-shared/options.mjs';
import { type Prisma, PrismaClient } from '../generated/sqlite/client.js';

@Injectable()
export class SqlitePrismaService extends PrismaClient implements OnModuleInit, OnModuleDestroy {
  constructor() {
    super({ adapter: new PrismaBetterSqlite3({ url: options.database, timeout: 5000 }) });
  }

  async onModuleInit() {
    await this.$connect();
    // Of the one connection that this client has.
    await this.$executeRaw`PRAGMA synchronous = NORMAL`;
  }

  async onModuleDestroy() {
    await this.$disconnect();
  }

  // Prisma's transactions begin deferred, and SQLite refuses to let one write that has read what is
  // out of date. Here none is: they come one after another on the one connection that ever writes.
  findForUpdate(tx: Prisma.TransactionClient, id: number) {
    return tx.world.findUnique({ where: { id } });
  }
}
