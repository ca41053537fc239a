// The workloads' routes.

import { burn, calibrate, countPrimes } from '../node-shared/cpu_work.mjs';
import { wait } from '../node-shared/wait.mjs';

const iterationsPerMs = calibrate();

export async function route({ method, path }) {
  const [, name, ms] = path.split('/');
  if (method !== 'GET') return { status: 404 };
  if (path === '/plaintext') return { text: 'Hello, World!' };
  if (path === '/json') {
    return { text: JSON.stringify({ message: 'Hello, World!' }), type: 'application/json' };
  }
  if (path === '/work') return { text: String(countPrimes()) };
  if (!/^\/(delay|cpu)\/\d{1,5}$/.test(path)) return { status: 404 };
  if (name === 'delay') {
    await wait(Number(ms));
  } else {
    burn(Number(ms), iterationsPerMs);
  }
  return { text: ms };
}
