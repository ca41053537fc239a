// Sessions in the database, which their cookie names.

import { randomBytes } from 'node:crypto';

const COOKIE = 'session';
const SECONDS = 14 * 24 * 3600;

export class Sessions {
  #insert;
  #select;

  constructor(connection) {
    this.#insert = connection.prepare('INSERT INTO session (id, name, expires) VALUES (?, ?, ?)');
    this.#select = connection.prepare('SELECT name FROM session WHERE id = ? AND expires > ?');
  }

  start(response, name) {
    const id = randomBytes(32).toString('base64url');
    this.#insert.run(id, name, now() + SECONDS);
    const attributes = `Path=/; Max-Age=${SECONDS}; HttpOnly; SameSite=Lax`;
    response.setHeader('Set-Cookie', `${COOKIE}=${id}; ${attributes}`);
  }

  // undefined when there is none
  name(request) {
    const id = readCookie(request, COOKIE);
    return id && this.#select.get(id, now())?.name;
  }
}

function now() {
  return Math.floor(Date.now() / 1000);
}

function readCookie(request, name) {
  for (const pair of request.headers.cookie?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name) {
      return value;
    }
  }
  return undefined;
}
