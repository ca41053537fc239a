// The JSON that a request brings.

import { RequestError } from './request_error.mjs';

const LARGEST_BODY = 4096;

export async function readJson(request) {
  const body = await readBody(request);
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new RequestError(422, 'not JSON');
  }
}

async function readBody(request) {
  const chunks = [];
  let length = 0;
  // What is left of a body that is too large is read and dropped: the connection is used again.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > LARGEST_BODY) {
      request.resume();
      throw new RequestError(413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
