import { Controller, Get, Render } from '@nestjs/common';

import { FortunesService } from './fortunes.service.js';

@Controller()
export class FortunesController {
  constructor(private readonly fortunes: FortunesService) {}

  @Get('/fortunes')
  @Render('fortunes')
  async show() {
    return { fortunes: await this.fortunes.findFortunes() };
  }
}
