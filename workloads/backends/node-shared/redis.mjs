// The connection to Redis, which commands share: what is sent together goes together.

import { createClient } from 'redis';

import { options } from './options.mjs';

export const redis = await createClient({ url: options.redis })
  .on('error', console.error)
  .connect();

process.once('SIGTERM', () => redis.close());
