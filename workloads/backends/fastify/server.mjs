import { listen } from './app.mjs';

await listen();
