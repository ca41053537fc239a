import { Injectable } from '@nestjs/common';

import { shownFortunes } from '../../../node-shared/fortunes.mjs';
import { PrismaService } from '../prisma/prisma.service.js';

@Injectable()
export class FortunesService {
  constructor(private readonly prisma: PrismaService) {}

  async findFortunes() {
    return shownFortunes(await this.prisma.fortune.findMany());
  }
}
