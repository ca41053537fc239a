import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';

import { options } from '../../../node-shared/options.mjs';
import { type Prisma, PrismaClient, type World } from '../generated/postgresql/client.js';

@Injectable()
export class PostgresqlPrismaService extends PrismaClient implements OnModuleInit, OnModuleDestroy {
  constructor() {
    const { database: connectionString, pool: max } = options;
    super({ adapter: new PrismaPg({ connectionString, max: Number(max) }) });
  }

  async onModuleInit() {
    await this.$connect();
  }

  async onModuleDestroy() {
    await this.$disconnect();
  }

  // Prisma's own queries lock nothing.
  async findForUpdate(tx: Prisma.TransactionClient, id: number) {
    const [row] = await tx.$queryRaw<World[]>`
      SELECT id, number FROM world WHERE id = ${id} FOR UPDATE
    `;
    return row ?? null;
  }
}
