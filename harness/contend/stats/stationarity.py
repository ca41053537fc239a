"""Whether a trial's latencies kept to one law while it measured, and where they settled.

Pure functions of sub-batches.
"""

import math

import msgspec
import numpy as np

from contend.stats.autocorrelation import time_of
from contend.stats.cosines import freedom_of, long_run_variance
from contend.stats.estimate import t_quantile
from contend.stats.sub_batches import Floats, SubBatches

# The parts that are compared: Geweke's.
EARLY, LATE = 0.1, 0.5
# Both figures are tested, so that one test in a hundred of a steady trial fails. Student's t with
# as many degrees as the late half's variance has stands for Geweke's normal law.
FIGURES = (0.5, 0.9)
RISK = 0.01
# The early part must be long enough to be one: else early and late differ by their past alone.
EARLY_TIMES = 30
_NOTHING = 1e-9
FEWEST_SUB_BATCHES = 40


class Stationarity(msgspec.Struct, frozen=True):
    """`is_stationary` is None where the trial is too short to tell."""

    is_stationary: bool | None
    geweke_z: float | None = None
    settled_after_ns: int | None = None  # where a trial that isn't stationary becomes so


def test(series: SubBatches) -> Stationarity:
    """Of the shares of requests above the trial's median, and above its p90."""
    if not series.requests:
        return Stationarity(None)
    scores = {figure: z for figure in FIGURES if (z := geweke_z(series, figure)) is not None}
    if not scores:
        return Stationarity(None)
    figure = max(scores, key=lambda one: abs(scores[one]))
    z = scores[figure]
    critical = t_quantile(freedom_of(int(LATE * len(series))), RISK / len(FIGURES))
    if abs(z) <= critical:
        return Stationarity(True, z)
    settled = warm_up(series.deviations(figure)[0])
    rest = geweke_z(series.without(settled), figure) if settled else None
    if rest is None or abs(rest) > critical:
        return Stationarity(False, z)
    return Stationarity(False, z, settled * series.width_ns)


def geweke_z(series: SubBatches, figure: float) -> float | None:
    """How many standard errors the first tenth is above the last half (Geweke, Bayesian Statistics
    4, 1992), in terms of requests above the figure; None where that can't be told.

    The long-run variance is the last half's for both: a warm-up in the first tenth doesn't hide
    itself, and a handful of early sub-batches can't give one of their own.
    """
    n = len(series)
    if n < FEWEST_SUB_BATCHES:
        return None
    deviations, variance = series.deviations(figure)
    early = deviations[: int(EARLY * n)]
    late = deviations[n - int(LATE * n) :]
    each = series.requests / n
    spread = long_run_variance(late)
    if spread <= _NOTHING * each:  # none of the late half differs from another
        return None if early.any() else 0.0
    if len(early) * each < EARLY_TIMES * time_of(late, variance, each):
        return None
    error = math.sqrt(spread * (1 / len(early) + 1 / len(late)))
    return float(early.mean() - late.mean()) / error


def warm_up(values: Floats) -> int:
    """How many values at the start to leave out, at most half of them, so that the mean of the rest
    is known best: MSER (White, Simulation 69, 1997), whose batches of 5 are sub-batches here.
    """
    n = len(values)
    scores = [float(np.var(values[d:])) / (n - d) for d in range(n // 2)]
    return int(np.argmin(scores))
