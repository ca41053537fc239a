import { IsInt, Max, Min } from 'class-validator';

import { Digits } from '../digits.js';

export class RowQuery {
  @Digits()
  @IsInt()
  @Max(2 ** 31 - 1)
  id: number;
}

export class RowsQuery {
  @Digits()
  @IsInt()
  @Min(1)
  @Max(500)
  n: number;
}
