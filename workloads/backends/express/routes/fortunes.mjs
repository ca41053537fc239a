import { Router } from 'express';

import { shownFortunes } from '../../node-shared/fortunes.mjs';
import { db, fortune } from '../database.mjs';

export const fortunes = Router();

fortunes.get('/fortunes', async (req, res) => {
  const rows = await db.select().from(fortune);
  res.render('fortunes', { fortunes: shownFortunes(rows) });
});
