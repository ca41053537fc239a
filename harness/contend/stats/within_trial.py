"""How well the figures of one trial are known from that trial alone. Pure functions.

The trial's sub-batches are a series in time: of what each has more than its share, of time for the
mean, of requests above the figure for a quantile. Its long-run variance (cosines.py) gives the
interval: of a mean on its log, of a quantile on the log odds of lying above it, read back from the
trial's own latencies.

It holds for this start of this server, and says nothing of how the next start would differ: it
never stands in for an interval between trials.
"""

import math
from collections.abc import Collection, Mapping

import msgspec

from contend.durations import format_ns, three_digits
from contend.stats import stationarity
from contend.stats.autocorrelation import integrated_time
from contend.stats.cosines import freedom_of, long_run_variance
from contend.stats.estimate import CONFIDENCE, t_quantile
from contend.stats.sub_batches import SubBatches

# The figures, as the result document names them, and their quantiles; None is the mean.
FIGURES: dict[str, float | None] = {
    "mean_ns": None,
    "p50_ns": 0.5,
    "p90_ns": 0.9,
    "p95_ns": 0.95,
    "p99_ns": 0.99,
    "p99.9_ns": 0.999,
}
FEWEST_SUB_BATCHES = 40
# Independent requests on the rarer side of a figure: of a mean a tenth of all. The fewer there are,
# the more their number scatters, and an interval is wider by this share over that number. Found by
# simulation, and upheld by bench/coverage.py with other seeds.
FEWEST_INDEPENDENT = 5
SCARCE = 2.0
RARER_OF_MEAN = 0.1
STEADY_QUANTILE = 0.9
# A trial that ends once an interval is narrow ends when it happens to be: an interval that may have
# been waited for is wider by this share for each degree of freedom; one less than half as wide as
# was asked was not. Found by the same simulation.
LUCK = 1.5
# A mean is no better known than the histogram's values are; a quantile no better than half the
# coarse bucket that it falls into.
MEAN_RESOLUTION = 0.001


class Interval(msgspec.Struct, frozen=True):
    """Holds the figure with the confidence of its trial's intervals."""

    low_ns: int
    high_ns: int
    half_width: float  # the larger share by which an end is off the figure
    freedom: int  # degrees of freedom of its t
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
    withheld: Collection[str] = (),
) -> WithinTrial:
    """`values_ns` are the trial's figures, where they are known better than the series has them.

    From `lowest_lower_bound_ns` on, latencies are ages at which requests were given up. A trial
    that went on until its figures were known has `waited_for` that half-width. Figures that are
    `withheld` have no interval.
    """
    found = stationarity.test(series)
    intervals: dict[str, Interval | None] = {}
    none_because = {}
    for name, quantile in FIGURES.items():
        if not series.requests:
            told: Interval | str = "no request has a latency"
        elif name in withheld:
            told = "the generator may have moved it"
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
    if quantile is not None and quantile > STEADY_QUANTILE:
        # A few requests far out tell little of how they depend on each other.
        time = max(time, integrated_time(series, STEADY_QUANTILE))
    needed = FEWEST_INDEPENDENT * time / _rarer(quantile)
    if len(series) < FEWEST_SUB_BATCHES or series.requests < needed:
        return _too_short(series, time, needed)
    return of_cosines(series, quantile, time, value_ns, waited_for)


def of_cosines(
    series: SubBatches,
    quantile: float | None,
    time: float,
    value_ns: float | None = None,
    waited_for: float | None = None,
) -> Interval | str:
    """However short the series is; `time` is its integrated autocorrelation time, in requests."""
    pooled = series.pooled
    centre = float(pooled.means()[0] if quantile is None else pooled.quantiles(quantile)[0])
    if centre <= 0:
        return "it is 0"
    deviations, _ = series.deviations(quantile)
    freedom = freedom_of(len(series))
    # Of the sum of all requests' time, or of how many are above.
    error = math.sqrt(long_run_variance(deviations) * len(series))
    scarce = SCARCE * time / (_rarer(quantile) * series.requests)
    reach = t_quantile(freedom, 1 - CONFIDENCE) * error / series.requests * (1 + scarce)
    low, high = _ends(pooled, quantile, centre, reach)
    if waited_for is not None and max(high - 1, 1 - low) > waited_for / 2:
        wider = 1 + LUCK / freedom
        low, high = low**wider, high**wider
    resolution = _resolution(series, quantile)
    low, high = min(low, math.exp(-resolution)), max(high, math.exp(resolution))
    value_ns = value_ns or centre
    return Interval(
        low_ns=round(value_ns * low),
        high_ns=round(value_ns * high),
        half_width=max(high - 1, 1 - low),
        freedom=freedom,
        autocorrelation_requests=time,
    )


def _rarer(quantile: float | None) -> float:
    """The share of the requests that tell a figure most."""
    return RARER_OF_MEAN if quantile is None else min(quantile, 1 - quantile)


def _ends(
    pooled: SubBatches, quantile: float | None, centre: float, reach: float
) -> tuple[float, float]:
    """Of the interval, as multiples of the figure; `reach` is a time, or a share of requests."""
    if quantile is None:
        half = reach / centre
        return math.exp(-half), math.exp(half)
    odds = (1 - quantile) / quantile
    half = reach / (quantile * (1 - quantile))
    above_low, above_high = (odds * math.exp(by) for by in (half, -half))
    low, high = (
        float(pooled.quantiles(1 / (1 + above))[0]) / centre for above in (above_low, above_high)
    )
    return low, high


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
    needed = max(needed, series.requests * FEWEST_SUB_BATCHES / max(len(series), 1))
    lasts_ns = series.width_ns * len(series) * needed / series.requests
    return (
        f"measure for {format_ns(1.1 * lasts_ns)} (its autocorrelation time is "
        f"{three_digits(time)} requests)"
    )
