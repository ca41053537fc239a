import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  UnprocessableEntityException,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';

// A body that is no JSON is refused before any pipe sees it.
@Catch(BadRequestException)
export class UnreadableBodyFilter extends BaseExceptionFilter {
  catch(exception: BadRequestException, host: ArgumentsHost) {
    super.catch(new UnprocessableEntityException(exception.message), host);
  }
}
