import { eq } from 'drizzle-orm';
import express, { Router } from 'express';
import session from 'express-session';
import { promisify } from 'node:util';

import { isPassword } from '../../node-shared/passwords.mjs';
import { account, db } from '../database.mjs';
import { Credentials } from '../schemas.mjs';
import { sessionStore } from '../session_store.mjs';

const withSession = session({
  store: sessionStore,
  secret: process.env.SESSION_SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: 14 * 24 * 3600 * 1000, sameSite: 'lax' },
});

export const accounts = Router();

accounts.post('/login', express.json({ limit: 4096 }), withSession, async (req, res) => {
  const { name, password } = Credentials.parse(req.body);
  const [found] = await db.select().from(account).where(eq(account.name, name));
  if (!(await isPassword(password, found))) {
    return res.sendStatus(401);
  }
  // A session of its own for each login: nobody can know its id beforehand.
  await promisify(req.session.regenerate).call(req.session);
  req.session.name = name;
  return res.json({ name });
});

accounts.get('/me', withSession, (req, res) => {
  const { name } = req.session;
  if (!name) {
    return res.sendStatus(401);
  }
  return res.json({ name });
});
