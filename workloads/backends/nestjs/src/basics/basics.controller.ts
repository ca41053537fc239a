import { Controller, Get, Header, Param } from '@nestjs/common';

import { burn, calibrate, countPrimes } from '../../../node-shared/cpu_work.mjs';
import { wait } from '../../../node-shared/wait.mjs';
import { MillisecondsPipe } from './milliseconds.pipe.js';

const iterationsPerMs = calibrate();

@Controller()
export class BasicsController {
  @Get('/plaintext')
  @Header('Content-Type', 'text/plain')
  plaintext() {
    return 'Hello, World!';
  }

  @Get('/json')
  json() {
    return { message: 'Hello, World!' };
  }

  @Get('/delay/:ms')
  @Header('Content-Type', 'text/plain')
  async delay(@Param('ms', MillisecondsPipe) ms: string) {
    await wait(Number(ms));
    return ms;
  }

  @Get('/cpu/:ms')
  @Header('Content-Type', 'text/plain')
  cpu(@Param('ms', MillisecondsPipe) ms: string) {
    burn(Number(ms), iterationsPerMs);
    return ms;
  }

  @Get('/work')
  @Header('Content-Type', 'text/plain')
  work() {
    return String(countPrimes());
  }
}
