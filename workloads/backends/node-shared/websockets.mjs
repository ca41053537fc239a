// The WebSockets of an HTTP server, by ws.

import { STATUS_CODES } from 'node:http';
import { WebSocketServer } from 'ws';

import { rooms } from './chat_rooms.mjs';

const LONGEST_ROOM = 32;

export function addWebSockets(server) {
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    closeTimeout: 500, // so long a stop waits for a client that does not answer
  });

  server.on('upgrade', (request, socket, head) => {
    const [path, search] = request.url.split('?', 2);
    const accept = (serve) => {
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', console.error);
        serve(webSocket);
      });
    };

    if (path === '/ws/echo') {
      accept(echo);
    } else if (path === '/ws/chat') {
      const room = new URLSearchParams(search).get('room');
      if (isRoom(room)) {
        accept((webSocket) => rooms.join(room, webSocket));
      } else {
        refuse(socket, 422);
      }
    } else {
      refuse(socket, 404);
    }
  });

  // server.close() waits for them, and server.closeAllConnections() passes over them.
  process.once('SIGTERM', () => {
    webSockets.close();
    for (const webSocket of webSockets.clients) webSocket.close(1001);
  });
}

function echo(webSocket) {
  webSocket.on('message', (message, isBinary) => webSocket.send(message, { binary: isBinary }));
}

function isRoom(name) {
  return Boolean(name) && [...name].length <= LONGEST_ROOM;
}

function refuse(socket, status) {
  // Nobody else listens any more, and an error that nobody hears ends the process.
  socket.on('error', () => {});
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
  socket.destroySoon();
}
