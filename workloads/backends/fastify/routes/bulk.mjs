import { Readable } from 'node:stream';

import { countBytes, pieces } from '../../node-shared/bulk.mjs';

const counted = { type: 'object', properties: { bytes: { type: 'integer' } } };

export async function bulk(app) {
  // An upload is read as it comes, whatever it says it is.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, payload, done) => done());

  app.get('/download', async (request, reply) => {
    reply.type('application/octet-stream');
    return reply.send(Readable.from(pieces()));
  });

  app.post('/upload', { schema: { response: { 200: counted } } }, async ({ raw }) => ({
    bytes: await countBytes(raw),
  }));
}
