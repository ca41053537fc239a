import { Module } from '@nestjs/common';

import { isPostgresql } from '../../../node-shared/options.mjs';
import { PrismaService } from './prisma.service.js';

// Prisma has a client, and a driver, for each kind of database. Only the one in use is loaded.
const useClass = isPostgresql
  ? (await import('./postgresql_prisma.service.js')).PostgresqlPrismaService
  : (await import('./sqlite_prisma.service.js')).SqlitePrismaService;

@Module({
  providers: [{ provide: PrismaService, useClass }],
  exports: [PrismaService],
})
export class PrismaModule {}
