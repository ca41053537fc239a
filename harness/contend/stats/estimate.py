"""A figure of one cell with its interval. Pure functions of numbers, safe from any thread.

The trial is the unit: each value is one trial's, and its server was started afresh for it, so that
what differs between starts (memory layout, placement, warm caches) is inside the interval. What
varies within a trial never stands in for it.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

CONFIDENCE = 0.95
# With fewer trials an interval is still computed, and marked as no full statement.
FULL_TRIALS = 5


class Estimate(msgspec.Struct, frozen=True):
    """A value, and the interval that holds it with the given confidence.

    Without low and high there is no interval: one trial alone, or a figure that was 0. A lower
    bound has no high end.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    confidence: float = CONFIDENCE
    is_lower_bound: bool = False

    @property
    def is_full(self) -> bool:
        return self.n >= FULL_TRIALS

    @property
    def spread(self) -> float | None:
        """The share by which the interval's high end is above the value."""
        return None if self.high is None or not self.value else self.high / self.value - 1


def estimate(values: Sequence[float], is_lower_bound: bool = False) -> Estimate | None:
    """Geometric mean with its t-interval: mean log ± t(n-1) s/√n, taken back by exp.

    Times and rates scatter by factors, and their logs are near to normal (Limpert, Stahel and Abbt,
    BioScience 51, 2001); Student's t holds its level for a handful of normal values. A figure that
    is 0 somewhere has no log: then the value is the arithmetic mean, and there is no interval.
    `is_lower_bound`: one of the values at least is one, so that the mean is too.
    """
    if not values:
        return None
    n = len(values)
    if min(values) <= 0:
        return Estimate(float(np.mean(values)), None, None, n, is_lower_bound=is_lower_bound)
    logs = np.log(np.asarray(values, dtype=float))
    centre = float(logs.mean())
    if n < 2:
        return Estimate(math.exp(centre), None, None, n, is_lower_bound=is_lower_bound)
    half = t_quantile(n - 1, 1 - CONFIDENCE) * float(logs.std(ddof=1)) / math.sqrt(n)
    high = None if is_lower_bound else math.exp(centre + half)
    return Estimate(math.exp(centre), math.exp(centre - half), high, n, CONFIDENCE, is_lower_bound)


def median_estimate(values: Sequence[float]) -> Estimate | None:
    """Median with the interval between two order statistics: how capacity is stated.

    The kth lowest and kth highest of n values hold the median with 1 - 2 P(Binomial(n, ½) < k),
    whatever the distribution (David and Nagaraja, Order Statistics, 3rd ed., 7.1). The narrowest
    pair that reaches 95% is taken; with fewer than six values none does, and it is the lowest and
    the highest with the confidence that they have: 75% for three, 94% for five.
    """
    if not values:
        return None
    ordered = sorted(values)
    n = len(ordered)
    if n < 2:
        return Estimate(float(ordered[0]), None, None, n, 0.0)
    k = 1
    while k + 1 <= n // 2 and _holds_median(n, k + 1) >= CONFIDENCE:
        k += 1
    median = float(np.median(ordered))
    return Estimate(median, float(ordered[k - 1]), float(ordered[n - k]), n, _holds_median(n, k))


def t_quantile(freedom: float, alpha: float) -> float:
    """How many standard errors a two-sided interval of confidence 1 - alpha reaches."""
    from scipy import special  # a tenth of a second, and 40 MiB: once it is needed

    return float(special.stdtrit(freedom, 1 - alpha / 2))


def _holds_median(n: int, k: int) -> float:
    return 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2.0**n
