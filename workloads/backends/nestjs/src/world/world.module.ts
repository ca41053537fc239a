import { Module } from '@nestjs/common';

import { PrismaModule } from '../prisma/prisma.module.js';
import { WorldController } from './world.controller.js';
import { WorldService } from './world.service.js';

@Module({
  imports: [PrismaModule],
  controllers: [WorldController],
  providers: [WorldService],
})
export class WorldModule {}
