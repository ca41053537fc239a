// Which handler a method and a path lead to.

import { RequestError } from './request_error.mjs';

const NOWHERE = {
  handler: () => {
    throw new RequestError(404);
  },
};

export class Router {
  #exact = new Map();
  #patterns = [];

  get(path, handler) {
    this.#add('GET', path, handler);
  }

  post(path, handler) {
    this.#add('POST', path, handler);
  }

  // The groups of a path's regular expression are the route's params.
  find(method, path) {
    const handler = this.#exact.get(`${method} ${path}`);
    if (handler) {
      return { handler };
    }
    for (const route of this.#patterns) {
      const found = route.method === method && route.pattern.exec(path);
      if (found) {
        return { handler: route.handler, params: found.groups };
      }
    }
    return NOWHERE;
  }

  #add(method, path, handler) {
    if (path instanceof RegExp) {
      this.#patterns.push({ method, pattern: path, handler });
    } else {
      this.#exact.set(`${method} ${path}`, handler);
    }
  }
}
