import { IsInt, Max, Min } from 'class-validator';

import { Digits } from '../digits.js';

export class EventsQuery {
  @Digits()
  @IsInt()
  @Min(10)
  @Max(60_000)
  interval: number;
}
