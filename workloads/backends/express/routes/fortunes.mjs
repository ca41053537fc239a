import { Router } from 'express';

import { shownFortunes } from '../../node-shared/fortunes.mjs';
import { db } from '../database.mjs';
import { fortune } from '../tables.mjs';

export const fortunes = Router();

fortunes.get('/fortunes', (req, res) => {
  const rows = db.select().from(fortune).all();
  res.render('fortunes', { fortunes: shownFortunes(rows) });
});
