import type { MessageEvent } from '@nestjs/common';
import { defer, expand, map, type Observable, timer } from 'rxjs';

// Unlike those of rxjs's interval(), each is due so long after the start, however late those before
// it were.
export function ticks(interval: number): Observable<MessageEvent> {
  return defer(() => {
    const start = performance.now();
    const due = (id: number) => {
      const wait = start + id * interval - performance.now();
      return timer(Math.max(0, Math.ceil(wait))).pipe(map(() => id));
    };
    return due(0).pipe(
      expand((id) => due(id + 1)),
      map((id) => ({ id: String(id), data: 'tick' })),
    );
  });
}
