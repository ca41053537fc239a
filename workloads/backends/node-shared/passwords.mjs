// The check of a password, on node:crypto. With a callback it hashes on libuv's threads.

import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify(pbkdf2);
const ROUNDS = 10_000;
const BYTES = 32;

// A name that nobody has must not be told by the time that it takes.
const NOBODY = { salt: '', password: '00'.repeat(BYTES) };

export async function isPassword(password, account = NOBODY) {
  const found = await hash(password, Buffer.from(account.salt, 'hex'), ROUNDS, BYTES, 'sha256');
  return timingSafeEqual(found, Buffer.from(account.password, 'hex'));
}
