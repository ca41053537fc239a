// Serves the page, and stands before the servers that it sends orders to, as a reverse proxy does:
// a page may ask only where it came from.
//
//   node serve.mjs --server mine=http://127.0.0.1:3000 --python ../../.venv-servers/bin/python
//
// Then http://127.0.0.1:8080/?server=/mine/ sends to that server, and &rules=python checks by what
// the rules of Python's servers can be made into.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { bundle } from './bundle.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    server: { type: 'string', multiple: true, default: [] },
    python: { type: 'string', default: 'python3' },
  },
});
const servers = new Map(options.server.map((one) => one.split('=', 2)));

const HTML = 'text/html; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const JSON_TYPE = 'application/json';

const files = new Map([
  ['/', [HTML, () => read('index.html')]],
  ['/page.css', [STYLE, () => read('page.css')]],
  ...['page', 'order_form', 'shown_errors', 'order_rules', 'python_schema'].map((name) => [
    `/${name}.mjs`,
    [SCRIPT, () => read(`${name}.mjs`)],
  ]),
  ['/made/ajv.mjs', [SCRIPT, () => bundle('ajv', new URL('../backends/', import.meta.url))]],
  ['/made/schemas.json', [JSON_TYPE, madeSchemas]],
]);

const front = createServer(async (request, response) => {
  try {
    await answer(request, response);
  } catch (error) {
    console.error(error);
    response.writeHead(502).end(error.message);
  }
});
front.listen(Number(options.port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${front.address().port}/`);
});

async function answer(request, response) {
  const { pathname, search } = new URL(request.url, 'http://page');
  const [, name, ...rest] = pathname.split('/');
  if (servers.has(name)) {
    await forward(request, response, `${servers.get(name)}/${rest.join('/')}${search}`);
  } else if (files.has(pathname)) {
    const [type, content] = files.get(pathname);
    response.writeHead(200, { 'Content-Type': type }).end(content());
  } else {
    response.writeHead(404).end('Not Found');
  }
}

async function forward(request, response, url) {
  const { method, headers } = request;
  const type = headers['content-type'] ?? '';
  const body = method === 'POST' ? await text(request) : undefined;
  const reply = await fetch(url, { method, headers: { 'Content-Type': type }, body });
  const replied = reply.headers.get('content-type') ?? 'text/plain';
  response.writeHead(reply.status, { 'Content-Type': replied }).end(await reply.text());
}

function madeSchemas() {
  return execFileSync(options.python, [local('made_schemas.py').pathname]);
}

function read(name) {
  return readFileSync(local(name));
}

function local(name) {
  return new URL(name, import.meta.url);
}
