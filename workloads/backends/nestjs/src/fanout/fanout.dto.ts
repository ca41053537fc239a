import { IsInt, Max, Min } from 'class-validator';

import { Digits } from '../digits.js';

export class FanoutQuery {
  @Digits()
  @IsInt()
  @Min(1)
  @Max(20)
  n: number;
}
