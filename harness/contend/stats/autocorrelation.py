"""How far a series depends on its own past. Pure functions of numbers.

The integrated autocorrelation time is the number of requests that tell as much as one independent
request does: 1 + 2 Σ r(k), of the correlations at all distances k. By that factor, too, dependence
inflates the variance of a mean.
"""

import numpy as np

from contend.stats.sub_batches import Floats, SubBatches


def long_run_variance(values: Floats) -> float:
    """n times the variance of the mean of n values, for many: c(0) + 2 Σ c(k), of covariances.

    The sum ends where noise begins: at the first pair c(2j) + c(2j+1) that is not above 0, and no
    pair counts for more than the one before (Geyer, Statistical Science 7, 1992: initial monotone
    sequence). Never less than c(0): what seems to make up for itself is not relied on.
    """
    n = len(values)
    off = values - values.mean()
    spectrum = np.abs(np.fft.rfft(off, 2 * n)) ** 2
    covariances: Floats = np.fft.irfft(spectrum)[:n] / n
    pairs = covariances[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    end = np.flatnonzero(pairs <= 0)
    kept = pairs[: end[0]] if len(end) else pairs
    variance = float(off @ off) / n
    return max(variance, 2 * float(np.minimum.accumulate(kept).sum()) - variance)


def integrated_time(series: SubBatches, quantile: float | None) -> float:
    """In requests, of a quantile or (None) of the mean; at least 1.

    From how much more the sub-batches differ than as many independent requests would, so that it
    is found whether a sub-batch is shorter than one such time or much longer.
    """
    deviations, variance = series.deviations(quantile)
    return time_of(deviations, variance, series.requests / len(series))


def time_of(deviations: Floats, variance: float, requests_each: float) -> float:
    if variance <= 0 or not requests_each:
        return 1.0
    return max(1.0, long_run_variance(deviations) / (requests_each * variance))
