import { redis } from '../node-shared/redis.mjs';

class RedisSessions {
  async add(id, name, seconds) {
    await redis.set(`session:${id}`, name, { expiration: { type: 'EX', value: seconds } });
  }

  // null when there is none
  name(id) {
    return redis.get(`session:${id}`);
  }
}

export const storedSessions = new RedisSessions();
