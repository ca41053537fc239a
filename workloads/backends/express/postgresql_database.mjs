import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';

import { options } from '../node-shared/options.mjs';
import { world } from './postgresql_tables.mjs';

export * from './postgresql_tables.mjs';

const pool = new Pool({
  connectionString: options.database,
  max: Number(options.pool),
  allowExitOnIdle: true,
});
pool.on('error', console.error);

export const db = drizzle({ client: pool });

export function updateRow(id) {
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(world).where(eq(world.id, id)).for('update');
    if (row) {
      row.number = id;
      await tx.update(world).set({ number: row.number }).where(eq(world.id, id));
    }
    return row;
  });
}
