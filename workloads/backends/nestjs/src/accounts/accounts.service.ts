import { Injectable } from '@nestjs/common';

import { isPassword } from '../../../node-shared/passwords.mjs';
import { PrismaService } from '../prisma/prisma.service.js';

@Injectable()
export class AccountsService {
  constructor(private readonly prisma: PrismaService) {}

  async isPassword(name: string, password: string): Promise<boolean> {
    const account = await this.prisma.account.findUnique({ where: { name } });
    return isPassword(password, account ?? undefined);
  }
}
