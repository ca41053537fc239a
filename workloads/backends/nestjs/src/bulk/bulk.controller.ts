import { Controller, Get, HttpCode, HttpStatus, Post, Req, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';

import { countBytes, pieces } from '../../../node-shared/bulk.mjs';

@Controller()
export class BulkController {
  @Get('/download')
  download() {
    return new StreamableFile(Readable.from(pieces()));
  }

  @Post('/upload')
  @HttpCode(HttpStatus.OK)
  async upload(@Req() request: Readable) {
    return { bytes: await countBytes(request) };
  }
}
