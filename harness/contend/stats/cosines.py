"""How much the sum of a dependent series scatters, read from its slowest waves. Pure.

Each of the first cosines tells it once; equally weighted, they give a variance with as many degrees
of freedom as there are of them, so that Student's t is exact for long series (Müller, Econometrica
82, 2014; Lazarus, Lewis, Stock and Watson, J. Business & Economic Statistics 36, 2018). They take
0.4 n^(2/3) of them; a few less cover better where a queue at a load of 0.8 is measured for a
hundred of its autocorrelation times (bench/coverage.py).
"""

import math

import numpy as np

from contend.stats.sub_batches import Floats

SHARE, POWER = 0.32, 2 / 3


def freedom_of(n: int) -> int:
    """How many cosines are taken of a series of n."""
    return max(2, round(SHARE * math.pow(n, POWER)))


def long_run_variance(values: Floats) -> float:
    """n times the variance of the mean of n values, with freedom_of(n) degrees of freedom."""
    n = len(values)
    place = (np.arange(n) + 0.5) * (math.pi / n)
    waves = np.cos(np.outer(np.arange(1, freedom_of(n) + 1), place))
    return float(np.mean((waves @ values) ** 2) * 2 / n)
