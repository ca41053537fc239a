import select
import socket
import time
from collections.abc import Iterator

from streaming import Stream
from ticks import deadlines, tick


def events(interval_ms: int, client: socket.socket) -> Stream:
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    return Stream(headers, _ticks(interval_ms, client))


def _ticks(interval_ms: int, client: socket.socket) -> Iterator[bytes]:
    """Until the client leaves, which a thread that slept would be late to see."""
    leaving = select.poll()
    leaving.register(client, select.POLLRDHUP)
    for number, due in deadlines(interval_ms):
        if leaving.poll(max(0, due - time.monotonic()) * 1000):
            return
        yield tick(number)
