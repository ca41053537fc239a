import { listen } from './app.mjs';

listen();
