import { param } from './query.mjs';
import { RequestError } from './request_error.mjs';
import { sendJson } from './responses.mjs';
import { readNumber } from './rules.mjs';

export function addDatabase(router, database) {
  router.get('/db', async (request, response, { search }) => {
    sendJson(response, found(await database.readRow(readNumber(param(search, 'id')))));
  });
  router.get('/queries', async (request, response, { search }) => {
    sendJson(response, await database.readRows(readNumber(param(search, 'n'), 1, 500)));
  });
  router.post('/update', async (request, response, { search }) => {
    sendJson(response, found(await database.updateRow(readNumber(param(search, 'id')))));
  });
}

function found(row) {
  if (!row) {
    throw new RequestError(404);
  }
  return row;
}
