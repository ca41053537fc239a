// Sessions, which their cookie names: in Redis where there is one, else in SQLite.

import { randomBytes } from 'node:crypto';

import { options } from '../node-shared/options.mjs';

const { storedSessions } = options.redis
  ? await import('./redis_sessions.mjs')
  : await import('./sqlite_sessions.mjs');

const COOKIE = 'session';
const SECONDS = 14 * 24 * 3600;

export async function startSession(response, name) {
  const id = randomBytes(32).toString('base64url');
  await storedSessions.add(id, name, SECONDS);
  const attributes = `Path=/; Max-Age=${SECONDS}; HttpOnly; SameSite=Lax`;
  response.setHeader('Set-Cookie', `${COOKIE}=${id}; ${attributes}`);
}

// undefined or null when there is none
export async function sessionName(request) {
  const id = readCookie(request, COOKIE);
  return id && storedSessions.name(id);
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
