import { Controller, Get, Query } from '@nestjs/common';

import { FanoutQuery } from './fanout.dto.js';
import { UpstreamService } from './upstream.service.js';

@Controller()
export class FanoutController {
  constructor(private readonly upstream: UpstreamService) {}

  @Get('/fanout')
  async fanout(@Query() { n }: FanoutQuery) {
    return { replies: await Promise.all(Array.from({ length: n }, () => this.upstream.ask())) };
  }
}
