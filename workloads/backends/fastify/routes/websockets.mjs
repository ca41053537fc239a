import { rooms } from '../../node-shared/chat_rooms.mjs';
import { chatQuery } from '../schemas.mjs';

export async function webSockets(app) {
  app.get('/ws/echo', { websocket: true }, (socket) => {
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
  });

  const chat = { websocket: true, schema: { querystring: chatQuery } };

  app.get('/ws/chat', chat, (socket, { query }) => rooms.join(query.room, socket));
}
