"""A quantile of one trace, whose values depend on each other, with its interval. Pure.

It describes the one trace, never how traces differ: what is computed here says whether a trace is
long enough to be held against a closed form.
"""

import math

import numpy as np
from numpy.typing import NDArray

from contend.stats.estimate import CONFIDENCE, t_quantile

Values = NDArray[np.float64] | NDArray[np.int64]


def quantile_half_width(values: Values, quantile: float, batches: int) -> float | None:
    """How far the quantile may be off, by `batches` consecutive parts of the values in time.

    The share of values above the quantile is a mean, whose error the parts tell; an interval of
    shares is one of order statistics (Wood and Schmeiser, Operations Research Letters 1, 1995:
    batching of quantiles). None where there are too few values for that.
    """
    if batches < 2 or len(values) < batches:
        return None
    at = float(np.quantile(values, quantile))
    above = np.array([float((part > at).mean()) for part in np.array_split(values, batches)])
    error = float(above.std(ddof=1)) / math.sqrt(batches)
    reach = t_quantile(batches - 1, 1 - CONFIDENCE) * error
    low, high = quantile - reach, quantile + reach
    if low < 0 or high > 1 - 1 / len(values):
        return None
    return max(at - float(np.quantile(values, low)), float(np.quantile(values, high)) - at)


def share_half_width(flags: NDArray[np.bool_], batches: int) -> float | None:
    """How far a share may be off, likewise."""
    if batches < 2 or len(flags) < batches:
        return None
    parts = np.array([float(part.mean()) for part in np.array_split(flags, batches)])
    error = float(parts.std(ddof=1)) / math.sqrt(batches)
    return t_quantile(batches - 1, 1 - CONFIDENCE) * error
