// HTTP/1.1 on sockets: kept connections, one write a response. A request with a body is refused.

import { STATUS_CODES } from 'node:http';
import { createServer } from 'node:net';

const BACKLOG = 511;
const LARGEST_HEAD = 16 * 1024;
const END = '\r\n\r\n';

// `route` gives {text, type, status}, or a promise of it, for {method, path}.
export function listen(host, port, route) {
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // the client is gone
    serve(socket, route);
  });
  server.listen(port, host, BACKLOG);
  process.once('SIGTERM', () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
}

function serve(socket, route) {
  let unread = '';
  let isBusy = false;

  async function answerAll() {
    isBusy = true;
    let end;
    while ((end = unread.indexOf(END)) >= 0) {
      const head = unread.slice(0, end);
      unread = unread.slice(end + END.length);
      if (!(await answer(socket, head, route))) {
        socket.end();
        return;
      }
    }
    isBusy = false;
    if (unread.length > LARGEST_HEAD) {
      socket.end(encoded({ status: 431 }, false));
    }
  }

  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    unread += text;
    if (!isBusy) answerAll();
  });
}

// Whether the connection is kept.
async function answer(socket, head, route) {
  const request = parseHead(head);
  if (request === null) {
    socket.write(encoded({ status: 400 }, false));
    return false;
  }
  const { version, headers } = request;
  const connection = headers.get('connection')?.toLowerCase();
  const keeps = version === 'HTTP/1.0' ? connection === 'keep-alive' : connection !== 'close';
  const hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
  const reply = hasBody ? { status: 501 } : await route(request);
  socket.write(encoded(reply, keeps && !hasBody));
  return keeps && !hasBody;
}

function parseHead(head) {
  const [first, ...lines] = head.split('\r\n');
  const [method, target, version, ...more] = first.split(' ');
  if ((version !== 'HTTP/1.0' && version !== 'HTTP/1.1') || more.length > 0) return null;
  const headers = new Map();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1 || line.slice(0, colon).trim().length !== colon) return null;
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method, path: target.split('?', 1)[0], version, headers };
}

function encoded({ status = 200, text = STATUS_CODES[status], type = 'text/plain' }, keeps) {
  const body = Buffer.from(text);
  return Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nDate: ${date()}\r\n` +
        `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n` +
        (keeps ? '\r\n' : 'Connection: close\r\n\r\n'),
      'latin1',
    ),
    body,
  ]);
}

let second = 0;
let shown = '';

function date() {
  const now = Math.trunc(Date.now() / 1000);
  if (now !== second) {
    second = now;
    shown = new Date(now * 1000).toUTCString();
  }
  return shown;
}
