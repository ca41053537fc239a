""".hgrm: the percentile distribution that HdrHistogram's tools print and plot. Pure.

Values in milliseconds; a line for each fifth of every halving of what lies above (the format's
customary five ticks a half distance), with the number of entries at or below it.
"""

import math
from collections.abc import Iterator

from contend.reports.latencies import Latencies

_MS = 1e6
_TICKS = 5
_HEAD = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
# Of the encoding: 3 significant digits from 1 ns to 1 hour.
_BUCKETS, _SUB_BUCKETS = 32, 2048


def render(latencies: Latencies) -> str:
    lines = [_line(latencies, quantile) for quantile in _quantiles(latencies.count)]
    mean, deviation = latencies.mean_ns / _MS, latencies.stddev_ns / _MS
    return (
        _HEAD
        + "".join(lines)
        + f"#[Mean    = {mean:12.3f}, StdDeviation   = {deviation:12.3f}]\n"
        + f"#[Max     = {latencies.max_ns / _MS:12.3f}, Total count    = {latencies.count:12}]\n"
        + f"#[Buckets = {_BUCKETS:12}, SubBuckets     = {_SUB_BUCKETS:12}]\n"
    )


def _quantiles(count: int) -> Iterator[float]:
    """Up to the one beyond which a single entry would lie, and 1."""
    if not count:
        return
    at = 0.0
    while 1 - at > 1 / count:
        yield at
        halvings = math.floor(math.log2(1 / (1 - at))) + 1
        at += 1 / (_TICKS * 2**halvings)
    yield 1.0


def _line(latencies: Latencies, quantile: float) -> str:
    value_ns = latencies.value_at_quantile_ns(quantile)
    below = latencies.count - latencies.count_above_ns(value_ns)
    rest = f" {1 / (1 - quantile):14.2f}" if quantile < 1 else ""
    return f"{value_ns / _MS:12.3f} {quantile:2.12f} {below:10}{rest}\n"
