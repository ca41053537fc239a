// Requests to another service, several at once.

import { Agent, get } from 'node:http';

import { param } from './query.mjs';
import { sendJson } from './responses.mjs';
import { readNumber } from './rules.mjs';

const MOST_AT_ONCE = 20;

export function addFanout(router, upstream) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  router.get('/fanout', async (request, response, { search }) => {
    const count = readNumber(param(search, 'n'), 1, MOST_AT_ONCE);
    const asked = Array.from({ length: count }, () => ask(`${upstream}/delay/5`, agent));
    sendJson(response, { replies: await Promise.all(asked) });
  });
}

function ask(url, agent) {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) {
          resolve(body);
        } else {
          reject(new Error(`${url}: status ${response.statusCode}`));
        }
      });
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
