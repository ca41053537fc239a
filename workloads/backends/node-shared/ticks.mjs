// Server-sent events, one every `interval` milliseconds: each is due so long after the start,
// however late those before it were. A reader that doesn't keep up is waited for.

import { Readable } from 'node:stream';

export class Ticks extends Readable {
  #interval;
  #start = performance.now();
  #id = 0;
  #timer;

  constructor(interval) {
    super();
    this.#interval = interval;
  }

  _read() {
    const wait = this.#start + this.#id * this.#interval - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#tick(), Math.ceil(wait));
    } else {
      this.#tick();
    }
  }

  _destroy(error, callback) {
    clearTimeout(this.#timer);
    callback(error);
  }

  #tick() {
    this.push(`id: ${this.#id++}\ndata: tick\n\n`);
  }
}
