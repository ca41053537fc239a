from streaming import Stream
from ticks import ticks


def events(interval_ms: int) -> Stream:
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    return Stream(headers, ticks(interval_ms), is_endless=True)
