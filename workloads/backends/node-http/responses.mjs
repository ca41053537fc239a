// Whole responses, whose length node:http adds itself.

export function send(response, body, { status = 200, contentType = 'text/plain' } = {}) {
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.end(body);
}

export function sendJson(response, value, status = 200) {
  send(response, JSON.stringify(value), { status, contentType: 'application/json' });
}
