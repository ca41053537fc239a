// The workloads on NestJS, one process with one event loop.

import { HttpStatus, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { join } from 'node:path';

import { options } from '../../node-shared/options.mjs';
import { AppModule } from './app.module.js';
import { UnreadableBodyFilter } from './unreadable_body.filter.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule, {
  logger: ['error'],
  forceCloseConnections: true,
});
app.useBodyParser('json', { limit: 4096 });
app.useGlobalPipes(
  new ValidationPipe({
    transform: true,
    whitelist: true,
    errorHttpStatusCode: HttpStatus.UNPROCESSABLE_ENTITY,
  }),
);
app.useGlobalFilters(new UnreadableBodyFilter(app.getHttpAdapter()));
app.setBaseViewsDir(join(import.meta.dirname, '../../node-shared/views'));
app.setViewEngine('ejs');
app.enableShutdownHooks();
await app.listen(Number(options.port), '127.0.0.1');
