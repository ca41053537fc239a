import { ZodError } from 'zod';

// Express tells an error handler by its four parameters.
export function answerError(error, req, res, next) {
  // A client that has left needs no answer.
  if (req.errored) {
    return;
  }
  if (res.headersSent) {
    return next(error);
  }
  const status = statusOf(error);
  if (status === 500) {
    console.error(error);
  }
  res.sendStatus(status);
}

// What express.json() refuses has a status of its own: 413 for a large body, else 400 or 415.
function statusOf(error) {
  if (error.status === 413) {
    return 413;
  }
  return error instanceof ZodError || (error.status >= 400 && error.status < 500) ? 422 : 500;
}
