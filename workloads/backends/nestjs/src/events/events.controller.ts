import { Controller, Query, Sse } from '@nestjs/common';

import { EventsQuery } from './events.dto.js';
import { ticks } from './ticks.js';

@Controller()
export class EventsController {
  @Sse('/events')
  events(@Query() { interval }: EventsQuery) {
    return ticks(interval);
  }
}
