// The JSON that a request brings.

import { RequestError } from './request_error.mjs';

const LARGEST_BODY = 4096;

export async function readJson(request) {
  const text = await readText(request, LARGEST_BODY);
  if (text === null) {
    throw new RequestError(413);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(422, 'not JSON');
  }
}

// Null for a body of more bytes.
export async function readText(request, most) {
  const chunks = [];
  let length = 0;
  // What is left of a body that is too large is read and dropped: the connection is used again.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > most) {
      request.resume();
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
