"""How well the figures of one trial are known from that trial alone. Pure functions.

Batch means: the trial is cut into consecutive batches so long that one tells nothing of the next,
and a figure's interval is Student's t on the logs of the batches' values, about the log of the
whole trial's (sectioning: Asmussen and Glynn, Stochastic Simulation, 2007, III.5a), which a batch's
bias widens instead of moving it. It holds for this start of this server, and says nothing of how
the next start would differ: it never stands in for an interval between trials.
"""

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from contend.durations import format_ns, three_digits
from contend.stats import stationarity
from contend.stats.autocorrelation import integrated_time
from contend.stats.estimate import CONFIDENCE, t_quantile
from contend.stats.sub_batches import Floats, SubBatches

# The figures, as the result document names them, and their quantiles; None is the mean.
FIGURES: dict[str, float | None] = {
    "mean_ns": None,
    "p50_ns": 0.5,
    "p90_ns": 0.9,
    "p95_ns": 0.95,
    "p99_ns": 0.99,
    "p99.9_ns": 0.999,
}
# More than 30 narrow an interval hardly (Schmeiser, Operations Research 30, 1982); fewer than ten
# make its width a matter of luck.
FEWEST_BATCHES, MOST_BATCHES = 10, 30
# Of each batch: its length in integrated autocorrelation times, and, for a quantile, how many
# independent requests it has beyond it, so that all have the hundred that a tail needs.
BATCH_TIMES = 100
BATCH_BEYOND = 10
# A trial that ends once an interval is narrow ends when it happens to be: by more, the fewer
# batches it is from. An interval that may have been waited for is widened by this share of one
# batch; one less than half as wide as was asked was not. Found by simulation, and upheld by
# bench/coverage.py.
LUCK = 1.5
# A mean is no better known than the histogram's values are; a quantile no better than half the
# coarse bucket that it falls into.
MEAN_RESOLUTION = 0.001


class Interval(msgspec.Struct, frozen=True):
    """Holds the figure with the confidence of its trial's intervals."""

    low_ns: int
    high_ns: int
    half_width: float  # the share by which high_ns is above the figure
    batches: int
    batch_requests: int
    autocorrelation_requests: float  # the integrated autocorrelation time


class WithinTrial(msgspec.Struct, frozen=True):
    """The intervals by figure; a figure without one has its reason instead."""

    confidence: float
    stationarity: stationarity.Stationarity
    intervals: dict[str, Interval | None]
    none_because: dict[str, str]

    def is_known(self, figure: str, half_width: float) -> bool:
        interval = self.intervals[figure]
        return interval is not None and interval.half_width <= half_width


def within_trial(
    series: SubBatches,
    values_ns: Mapping[str, float | None] | None = None,
    lowest_lower_bound_ns: int | None = None,
    waited_for: float | None = None,
) -> WithinTrial:
    """`values_ns` are the trial's figures, where they are known better than the series has them.

    From `lowest_lower_bound_ns` on, latencies are ages at which requests were given up. A trial
    that went on until its figures were known has `waited_for` that half-width.
    """
    found = stationarity.test(series)
    intervals: dict[str, Interval | None] = {}
    none_because = {}
    for name, quantile in FIGURES.items():
        if not series.requests:
            told: Interval | str = "no request has a latency"
        elif _is_bounded(series, quantile, lowest_lower_bound_ns):
            told = "it is a lower bound: requests were given up"
        elif found.is_stationary is False:
            told = "latencies changed while they were measured"
        else:
            value_ns = values_ns.get(name) if values_ns else None
            told = interval(series, quantile, value_ns, waited_for)
        intervals[name] = told if isinstance(told, Interval) else None
        if isinstance(told, str):
            none_because[name] = told
    return WithinTrial(CONFIDENCE, found, intervals, none_because)


def interval(
    series: SubBatches,
    quantile: float | None,
    value_ns: float | None = None,
    waited_for: float | None = None,
) -> Interval | str:
    """Of one figure, or why there is none. REQUIRES: there are requests."""
    time = integrated_time(series, quantile)
    needed = BATCH_TIMES * time
    if quantile is not None:
        needed = max(needed, BATCH_BEYOND * time / (1 - quantile))
    each = series.requests / len(series)
    length = max(math.ceil(needed / each), math.ceil(len(series) / MOST_BATCHES))
    batches = len(series) // length
    if batches < FEWEST_BATCHES:
        return _too_short(series, time, needed)
    return of_batches(series, quantile, batches, time, value_ns, waited_for)


def of_batches(
    series: SubBatches,
    quantile: float | None,
    batches: int,
    time: float,
    value_ns: float | None = None,
    waited_for: float | None = None,
) -> Interval | str:
    """Of so many batches, however short they are."""
    merged = series.merged(batches)
    if not merged.sizes.all():
        return "a batch is empty: the server stood still"
    centre = _values(series.pooled, quantile)[0]
    values = _values(merged, quantile)
    if not (centre > 0 and values.min() > 0):
        return "it is 0"
    off = np.log(values) - math.log(centre)
    # The whole trial has a little more than the batches, which leave out what is over.
    share = merged.requests / series.requests
    error = math.sqrt(float(off @ off) / (batches - 1) / batches * share)
    half = t_quantile(batches - 1, 1 - CONFIDENCE) * error
    if waited_for is not None and math.expm1(half) > waited_for / 2:
        half *= 1 + LUCK / batches
    half = max(half, _resolution(series, quantile))
    value_ns = value_ns or float(centre)
    return Interval(
        low_ns=round(value_ns * math.exp(-half)),
        high_ns=round(value_ns * math.exp(half)),
        half_width=math.expm1(half),
        batches=batches,
        batch_requests=round(merged.requests / batches),
        autocorrelation_requests=time,
    )


def _values(series: SubBatches, quantile: float | None) -> Floats:
    return series.means() if quantile is None else series.quantiles(quantile)


def _resolution(series: SubBatches, quantile: float | None) -> float:
    if quantile is None:
        return MEAN_RESOLUTION
    low_ns, high_ns = series.pooled.bucket_at(quantile)
    return math.log(high_ns / max(low_ns, 1)) / 2


def _is_bounded(series: SubBatches, quantile: float | None, lowest_ns: int | None) -> bool:
    if lowest_ns is None:
        return False
    return quantile is None or series.pooled.bucket_at(quantile)[1] > lowest_ns


def _too_short(series: SubBatches, time: float, needed: float) -> str:
    lasts_ns = series.width_ns * len(series) * FEWEST_BATCHES * needed / series.requests
    return (
        f"its autocorrelation time is {three_digits(time)} requests, so that {FEWEST_BATCHES} "
        f"batches need {needed:,.0f} each, {format_ns(lasts_ns)} in all"
    )
