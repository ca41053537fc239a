import { isPassword } from '../node-shared/passwords.mjs';
import { readJson } from './json_body.mjs';
import { RequestError } from './request_error.mjs';
import { sendJson } from './responses.mjs';
import { readCredentials } from './rules.mjs';
import { sessionName, startSession } from './sessions.mjs';

export function addAccounts(router, database) {
  router.post('/login', async (request, response) => {
    const { name, password } = readCredentials(await readJson(request));
    if (!(await isPassword(password, database.findAccount(name)))) {
      throw new RequestError(401);
    }
    await startSession(response, name);
    sendJson(response, { name });
  });

  router.get('/me', async (request, response) => {
    const name = await sessionName(request);
    if (!name) {
      throw new RequestError(401);
    }
    sendJson(response, { name });
  });
}
