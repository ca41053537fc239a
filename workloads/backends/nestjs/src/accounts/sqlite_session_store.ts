// Sessions of express-session in SQLite, by Prisma. Without touch(), which would
// write at every request, a session ends so long after its login.

import session from 'express-session';

import type { PrismaService } from '../prisma/prisma.service.js';

export class SqliteSessionStore extends session.Store {
  // The one table that is not in the file already.
  static async open(prisma: PrismaService) {
    await prisma.$executeRaw`
      CREATE TABLE IF NOT EXISTS express_session (
        sid TEXT PRIMARY KEY, data TEXT NOT NULL, expires DATETIME NOT NULL
      )
    `;
    return new SqliteSessionStore(prisma);
  }

  constructor(private readonly prisma: PrismaService) {
    super();
  }

  get(sid, callback) {
    this.prisma.session
      .findUnique({ where: { sid, expires: { gt: new Date() } } })
      .then((found) => found && JSON.parse(found.data))
      .then((data) => callback(null, data), callback);
  }

  set(sid, content, callback) {
    const { expires } = content.cookie;
    const data = JSON.stringify(content);
    this.prisma.session
      .upsert({ where: { sid }, create: { sid, data, expires }, update: { data, expires } })
      .then(() => callback(null), callback);
  }

  destroy(sid, callback) {
    this.prisma.session.deleteMany({ where: { sid } }).then(() => callback(null), callback);
  }
}
