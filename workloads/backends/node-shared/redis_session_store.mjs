// Sessions in Redis, for express-session and @fastify/session. Without touch(), which would write at
// every request, a session ends so long after its login.

import { RedisStore } from 'connect-redis';

import { redis } from './redis.mjs';

export const sessionStore = new RedisStore({ client: redis, disableTouch: true });
