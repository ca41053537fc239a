import { byId, queriesQuery, row } from '../schemas.mjs';

export async function world(app) {
  const { database } = app;
  const oneRow = { schema: { querystring: byId, response: { 200: row } } };
  const rows = {
    schema: { querystring: queriesQuery, response: { 200: { type: 'array', items: row } } },
  };

  app.get('/db', oneRow, async ({ query }, reply) => {
    return (await database.readRow(Number(query.id))) ?? reply.callNotFound();
  });

  app.get('/queries', rows, async ({ query }) => database.readRows(Number(query.n)));

  app.post('/update', oneRow, async ({ query }, reply) => {
    return (await database.updateRow(Number(query.id))) ?? reply.callNotFound();
  });
}
