import { Injectable } from '@nestjs/common';

import { rowIds } from '../../../node-shared/row_ids.mjs';
import type { World } from '../generated/sqlite/client.js';
import { PrismaService } from '../prisma/prisma.service.js';

@Injectable()
export class WorldService {
  constructor(private readonly prisma: PrismaService) {}

  findRow(id: number) {
    return this.prisma.world.findUnique({ where: { id } });
  }

  async findRows(count: number) {
    const rows: (World | null)[] = [];
    for (const id of rowIds(count)) {
      rows.push(await this.findRow(id));
    }
    return rows;
  }

  updateRow(id: number) {
    return this.prisma.$transaction(async (tx) => {
      const row = await this.prisma.findForUpdate(tx, id);
      return row && tx.world.update({ where: { id }, data: { number: id } });
    });
  }
}
