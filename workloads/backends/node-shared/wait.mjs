// At least so many milliseconds: a timer of libuv's, which counts whole ones, ends up to one early.

import { setTimeout } from 'node:timers/promises';

export async function wait(ms) {
  const due = performance.now() + ms;
  do {
    await setTimeout(due - performance.now());
  } while (performance.now() < due);
}
