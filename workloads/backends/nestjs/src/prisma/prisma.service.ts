import type { Prisma, PrismaClient, World } from '../generated/sqlite/client.js';

// Either kind of database's client. Their types are one another's, as far as their schemas are.
export abstract class PrismaService {
  abstract findForUpdate(tx: Prisma.TransactionClient, id: number): Promise<World | null>;
}

export interface PrismaService extends PrismaClient {}
