// Why a request is refused, and with which status.

import { STATUS_CODES } from 'node:http';

export class RequestError extends Error {
  constructor(status, message = STATUS_CODES[status]) {
    super(message);
    this.status = status;
  }
}

// Which fields are wrong, for those who sent them.
export class InvalidFields extends RequestError {
  constructor(status, errors) {
    super(status);
    this.errors = errors;
  }
}
