import cookie from '@fastify/cookie';
import session from '@fastify/session';

import { isPassword } from '../../node-shared/passwords.mjs';
import { credentials, named } from '../schemas.mjs';
import { sessionStore } from '../session_store.mjs';

// The plugins that it registers are for its own routes: no other request has a session.
export async function accounts(app) {
  await app.register(cookie);
  await app.register(session, {
    store: sessionStore,
    secret: process.env.SESSION_SECRET,
    saveUninitialized: false,
    rolling: false, // a session ends so long after its login, and is not written at each request
    cookie: { maxAge: 14 * 24 * 3600 * 1000, sameSite: 'lax', secure: 'auto' },
  });

  const login = { schema: { body: credentials, response: { 200: named } } };

  app.post('/login', login, async (request, reply) => {
    const { name, password } = request.body;
    if (!(await isPassword(password, app.database.findAccount(name)))) {
      return reply.code(401).send({ message: 'wrong name or password' });
    }
    // A session of its own for each login: nobody can know its id beforehand.
    await request.session.regenerate();
    request.session.name = name;
    return { name };
  });

  app.get('/me', { schema: { response: { 200: named } } }, async (request, reply) => {
    const { name } = request.session;
    if (!name) {
      return reply.code(401).send({ message: 'not logged in' });
    }
    return { name };
  });
}
