// A fixed number of worker threads, each of which has one task at a time; the others queue up. A
// thread that fails ends the process.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export class WorkerPool {
  #workers;
  #idle;
  #queue = [];

  constructor({ size, file, workerData }) {
    this.#workers = Array.from({ length: size }, () => new Worker(file, { workerData }));
    this.#idle = [...this.#workers];
  }

  async ready() {
    await Promise.all(this.#workers.map((worker) => once(worker, 'online')));
    for (const worker of this.#workers) worker.unref(); // the process ends with its server
  }

  run(task) {
    return new Promise((resolve) => {
      this.#queue.push({ task, resolve });
      this.#assign();
    });
  }

  #assign() {
    if (this.#queue.length === 0 || this.#idle.length === 0) {
      return;
    }
    const worker = this.#idle.pop();
    const { task, resolve } = this.#queue.shift();
    worker.once('message', (result) => {
      resolve(result);
      this.#idle.push(worker);
      this.#assign();
    });
    worker.postMessage(task);
  }
}
