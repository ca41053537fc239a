// Why a request is refused, and with which status.

import { STATUS_CODES } from 'node:http';

export class RequestError extends Error {
  constructor(status, message = STATUS_CODES[status]) {
    super(message);
    this.status = status;
  }
}
