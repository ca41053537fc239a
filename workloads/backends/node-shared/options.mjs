// The command line, as backend.toml's `start` gives it.

import { parseArgs } from 'node:util';

export const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '8080' },
    workers: { type: 'string', default: '1' },
    database: { type: 'string', default: 'contend.sqlite' },
    upstream: { type: 'string', default: 'http://127.0.0.1:8081' },
    redis: { type: 'string', default: '' },
    pool: { type: 'string', default: '16' },
    'no-etag': { type: 'boolean', default: false },
  },
});

export const isPostgresql = options.database.startsWith('postgresql:');
