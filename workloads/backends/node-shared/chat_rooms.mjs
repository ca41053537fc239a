// The rooms of this process, or those of all of a server's, which share them by way of Redis.

import { options } from './options.mjs';
import { Rooms } from './rooms.mjs';

export const rooms = options.redis ? (await import('./redis_rooms.mjs')).rooms : new Rooms();
