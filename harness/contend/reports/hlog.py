""".hlog: HdrHistogram's interval log, a histogram for each slice of a trial. Pure.

Times in seconds since the beginning of the measured time; Interval_Max in milliseconds.
"""

from collections.abc import Sequence
from datetime import datetime

from contend.durations import S_NS
from contend.reports.latencies import LatencySlice

_MS = 1e6
_COLUMNS = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'


def render(slices: Sequence[LatencySlice], measured_from: datetime) -> str:
    at = f"{measured_from.timestamp():.3f} (seconds since epoch)"
    head = (
        "#[Histogram log format version 1.3]",
        f"#[StartTime: {at}, {measured_from:%Y-%m-%dT%H:%M:%SZ}]",
        f"#[BaseTime: {at}]",
        _COLUMNS,
    )
    return "\n".join([*head, *map(_line, slices)]) + "\n"


def _line(one: LatencySlice) -> str:
    start, length = one.start_ns / S_NS, one.length_ns / S_NS
    highest = one.latency.max_ns / _MS if one.latency.count else 0.0
    return f"{start:.3f},{length:.3f},{highest:.3f},{one.latency.encode()}"
