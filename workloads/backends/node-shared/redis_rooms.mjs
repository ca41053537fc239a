// Rooms with members in several processes: what one says is published, and each process, which hears
// all that is published, tells its own members.

import { redis } from './redis.mjs';
import { Rooms } from './rooms.mjs';

const CHANNEL = /^chat:(?<kind>text|binary):(?<name>.*)$/s;

class RedisRooms extends Rooms {
  say(name, message, isBinary) {
    redis.publish(`chat:${isBinary ? 'binary' : 'text'}:${name}`, message).catch(console.error);
  }
}

export const rooms = new RedisRooms();

// A connection that listens can do nothing else.
const listening = await redis.duplicate().on('error', console.error).connect();
const asBuffers = true;
await listening.pSubscribe(
  'chat:*',
  (message, channel) => {
    const { kind, name } = CHANNEL.exec(channel.toString()).groups;
    rooms.tell(name, message, kind === 'binary');
  },
  asBuffers,
);

process.once('SIGTERM', () => listening.close());
