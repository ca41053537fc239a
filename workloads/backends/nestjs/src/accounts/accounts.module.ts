import { Inject, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import session from 'express-session';

import { PrismaModule } from '../prisma/prisma.module.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { SESSION_STORE, sessionStore } from './session_store.js';

@Module({
  imports: [PrismaModule],
  controllers: [AccountsController],
  providers: [AccountsService, sessionStore],
})
export class AccountsModule implements NestModule {
  constructor(@Inject(SESSION_STORE) private readonly store) {}

  // No other request has a session.
  configure(consumer: MiddlewareConsumer) {
    const withSession = session({
      store: this.store,
      secret: process.env.SESSION_SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 14 * 24 * 3600 * 1000, sameSite: 'lax' },
    });
    consumer.apply(withSession).forRoutes(AccountsController);
  }
}
