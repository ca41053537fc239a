// Input that Fastify refuses has a status of its own: 413 for a large body, else 400 or 415.
export function answerError(error, request, reply) {
  // A client that has left needs no answer.
  if (request.raw.errored) {
    return undefined;
  }
  const { statusCode = 500, message } = error;
  if (statusCode >= 500) {
    console.error(error);
    return reply.send(error);
  }
  return reply.code(statusCode === 413 ? 413 : 422).send({ message });
}
