import { Module } from '@nestjs/common';

import { PrismaModule } from '../prisma/prisma.module.js';
import { FortunesController } from './fortunes.controller.js';
import { FortunesService } from './fortunes.service.js';

@Module({
  imports: [PrismaModule],
  controllers: [FortunesController],
  providers: [FortunesService],
})
export class FortunesModule {}
