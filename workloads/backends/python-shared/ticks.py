"""The events of /events, one each interval."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from itertools import count


def deadlines(interval_ms: int) -> Iterator[tuple[int, float]]:
    """Each event's number, and when it is due by time.monotonic(): so long after the start, however
    late those before it were."""
    start = time.monotonic()
    for number in count():
        yield number, start + number * interval_ms / 1000


def tick(number: int) -> bytes:
    return b"id: %d\ndata: tick\n\n" % number


async def ticks(interval_ms: int) -> AsyncIterator[bytes]:
    for number, due in deadlines(interval_ms):
        await asyncio.sleep(due - time.monotonic())
        yield tick(number)
