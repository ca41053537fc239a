import { shownFortunes } from '../../node-shared/fortunes.mjs';

export async function fortunes(app) {
  app.get('/fortunes', async (request, reply) => {
    const rows = await app.database.readFortunes();
    return reply.viewAsync('fortunes.ejs', { fortunes: shownFortunes(rows) });
  });
}
