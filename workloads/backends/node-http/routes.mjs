// What is served where.

import { isPostgresql, options } from '../node-shared/options.mjs';
import { database } from '../node-shared/raw_database.mjs';
import { wait } from '../node-shared/wait.mjs';
import { addBulk } from './bulk.mjs';
import { addDatabase } from './database.mjs';
import { addEvents } from './events.mjs';
import { addFanout } from './fanout.mjs';
import { addFortunes } from './fortunes.mjs';
import { addOrders } from './orders.mjs';
import { send, sendJson } from './responses.mjs';
import { Router } from './router.mjs';

export async function createRouter(cpu) {
  const router = new Router();

  router.get('/plaintext', (request, response) => send(response, 'Hello, World!'));
  router.get('/json', (request, response) => sendJson(response, { message: 'Hello, World!' }));
  router.get(/^\/delay\/(?<ms>\d{1,5})$/, async (request, response, { params }) => {
    await wait(Number(params.ms));
    send(response, params.ms);
  });
  router.get(/^\/cpu\/(?<ms>\d{1,5})$/, async (request, response, { params }) => {
    await cpu.burn(Number(params.ms));
    send(response, params.ms);
  });
  router.get('/work', async (request, response) => {
    send(response, String(await cpu.countPrimes()));
  });

  addOrders(router);
  addFanout(router, options.upstream);
  addDatabase(router, database);
  addFortunes(router, database);
  // Sessions are kept in SQLite or in Redis: beside PostgreSQL there are no accounts.
  if (!isPostgresql) {
    const { addAccounts } = await import('./accounts.mjs');
    addAccounts(router, database);
  }
  addEvents(router);
  addBulk(router);
  return router;
}
