import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Post,
  Req,
  Session,
  UnauthorizedException,
} from '@nestjs/common';
import { promisify } from 'node:util';

import { AccountsService } from './accounts.service.js';
import { Credentials } from './credentials.dto.js';

@Controller()
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Post('/login')
  @HttpCode(HttpStatus.OK)
  async login(@Body() { name, password }: Credentials, @Req() request: Record<string, any>) {
    if (!(await this.accounts.isPassword(name, password))) {
      throw new UnauthorizedException();
    }
    // A session of its own for each login: nobody can know its id beforehand.
    await promisify(request.session.regenerate).call(request.session);
    request.session.name = name;
    return { name };
  }

  @Get('/me')
  me(@Session() { name }: Record<string, any>) {
    if (!name) {
      throw new UnauthorizedException();
    }
    return { name };
  }
}
