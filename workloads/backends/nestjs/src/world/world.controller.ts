import {
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  NotFoundException,
  Post,
  Query,
} from '@nestjs/common';

import { RowQuery, RowsQuery } from './world.dto.js';
import { WorldService } from './world.service.js';

@Controller()
export class WorldController {
  constructor(private readonly world: WorldService) {}

  @Get('/db')
  async findRow(@Query() { id }: RowQuery) {
    return found(await this.world.findRow(id));
  }

  @Get('/queries')
  findRows(@Query() { n }: RowsQuery) {
    return this.world.findRows(n);
  }

  @Post('/update')
  @HttpCode(HttpStatus.OK)
  async updateRow(@Query() { id }: RowQuery) {
    return found(await this.world.updateRow(id));
  }
}

function found<Row>(row: Row | null) {
  if (!row) {
    throw new NotFoundException();
  }
  return row;
}
