import { burn, calibrate, countPrimes } from '../../node-shared/cpu_work.mjs';
import { wait } from '../../node-shared/wait.mjs';

const greeting = { type: 'object', properties: { message: { type: 'string' } } };

export async function basics(app) {
  const iterationsPerMs = calibrate();

  app.get('/plaintext', async () => 'Hello, World!');

  app.get('/json', { schema: { response: { 200: greeting } } }, async () => ({
    message: 'Hello, World!',
  }));

  app.get('/delay/:ms(^\\d{1,5}$)', async ({ params }) => {
    await wait(Number(params.ms));
    return params.ms;
  });

  app.get('/cpu/:ms(^\\d{1,5}$)', async ({ params }) => {
    burn(Number(params.ms), iterationsPerMs);
    return params.ms;
  });

  app.get('/work', async () => String(countPrimes()));
}
