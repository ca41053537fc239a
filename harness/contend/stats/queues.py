"""Closed forms of queues: what a perfect instrument would report of them in the long run.

Pure functions. Times are in units of the mean service time; a quantile is that of the time in the
system, waiting and service together. Requests arrive by a Poisson process, and the first that comes
is served first. `load` is the share of the time in which each server works (rho).
"""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext

_DIGITS = 60
_TOLERANCE = 1e-10


def mm1_quantile(load: float, quantile: float) -> float:
    """M/M/1: the time is exponential with mean 1/(1 - rho) (Kleinrock, Queueing Systems I, 5.6)."""
    return -math.log1p(-quantile) / (1 - load)


def md1_quantile(load: float, quantile: float) -> float:
    """M/D/1: Crommelin's series for the wait, and 1 for the service.

    C. D. Crommelin, "Delay probability formulae when the holding times are constant", Post Office
    Electrical Engineers' Journal 25 (1932), 41-50.
    """
    return 1 + _inverse(lambda wait: _md1_wait_at_most(load, wait), quantile)


def mmc_quantile(servers: int, load: float, quantile: float) -> float:
    """M/M/c (Gross and others, Fundamentals of Queueing Theory, 2.3)."""
    return _inverse(lambda time: _mmc_time_at_most(servers, load, time), quantile)


def erlang_b(servers: int, offered: float) -> float:
    """The share of requests that find all servers busy and are refused, by the stable recursion.

    The same for every law of service (A. K. Erlang, 1917; insensitivity: B. A. Sevastyanov, 1957).
    """
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = offered * blocked / (busy + offered * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """The share of requests that have to wait in M/M/c (Erlang, 1917)."""
    blocked = erlang_b(servers, servers * load)
    return blocked / (1 - load * (1 - blocked))


def stall_quantile(frozen: float, period: float, load: float, quantile: float) -> float:
    """A server that stands still for `frozen` of every `period`, and else serves at once, nearly.

    P(T > t) = (τ - t)/(P (1 - rho)) up to τ: who arrives while it is frozen waits for what is left,
    and what has gathered is worked off at 1 - rho of its speed: a fluid queue. 0 for those that
    meet none.
    """
    return max(0.0, frozen - (1 - quantile) * period * (1 - load))


def _mmc_time_at_most(servers: int, load: float, time: float) -> float:
    """A wait that is 0 or exponential with rate c(1 - rho), and a service of rate 1."""
    waits = erlang_c(servers, load)
    rate = servers * (1 - load)
    if math.isclose(rate, 1.0):
        beyond = (1 + time) * math.exp(-time)  # two exponentials of one rate
    else:
        beyond = (rate * math.exp(-time) - math.exp(-rate * time)) / (rate - 1)
    return 1 - (1 - waits) * math.exp(-time) - waits * beyond


def _md1_wait_at_most(load: float, wait: float) -> float:
    """(1 - rho) Σ (-rho(t - k))^k / k! e^(rho(t - k)) for whole k up to t. The terms alternate and
    are large, so they are summed with many digits."""
    with localcontext() as context:
        context.prec = _DIGITS
        rho, time = Decimal(load), Decimal(wait)
        total = Decimal(0)
        for k in range(int(time) + 1):
            left = rho * (time - k)
            term = (-left) ** k if k else Decimal(1)
            total += term / math.factorial(k) * left.exp()
        return float((1 - rho) * total)


def _inverse(distribution: Callable[[float], float], quantile: float) -> float:
    """The lowest time by which that share is done, found by halving; 0 where that is at once."""
    high = 1.0
    while distribution(high) < quantile:
        high *= 2
    low = 0.0
    if distribution(low) >= quantile:
        return low
    while high - low > _TOLERANCE * high:
        middle = (low + high) / 2
        low, high = (middle, high) if distribution(middle) < quantile else (low, middle)
    return high
