import type { FactoryProvider } from '@nestjs/common';

import { options } from '../../../node-shared/options.mjs';
import { PrismaService } from '../prisma/prisma.service.js';

export const SESSION_STORE = Symbol('where express-session keeps its sessions');

// In Redis where there is one, else in SQLite.
export const sessionStore: FactoryProvider = {
  provide: SESSION_STORE,
  inject: [PrismaService],
  useFactory: async (prisma: PrismaService) => {
    if (options.redis) {
      return (await import('../../../node-shared/redis_session_store.mjs')).sessionStore;
    }
    const { SqliteSessionStore } = await import('./sqlite_session_store.js');
    return SqliteSessionStore.open(prisma);
  },
};
