import { Injectable, NotFoundException, type PipeTransform } from '@nestjs/common';

@Injectable()
export class MillisecondsPipe implements PipeTransform<string, string> {
  transform(ms: string) {
    if (!/^\d{1,5}$/.test(ms)) {
      throw new NotFoundException();
    }
    return ms;
  }
}
