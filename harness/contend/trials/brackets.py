"""How far a trial's latencies may be off, for what the generator did. Pure.

At a rate, late sends: the engine has the latencies as they might have been had all been punctual,
at least and at most (harness/engine/load/late_sends.h). In the closed loop, time in which the
generator stood still or waited for its core: what was on its way then is counted among the fastest,
and among the slowest.
"""

import math
from collections.abc import Collection, Mapping
from typing import Self

import msgspec

from contend.trials.histograms import Histogram

MEAN = "mean_ns"


class Bracket(msgspec.Struct, frozen=True):
    """What a figure is at least and at most, and how far at most it is off as it was measured."""

    low_ns: int
    high_ns: int
    off_ns: int

    @classmethod
    def of(cls, low_ns: float, value_ns: float, high_ns: float) -> Self:
        off_ns = max(value_ns - low_ns, high_ns - value_ns, 0)
        return cls(int(low_ns), math.ceil(high_ns), math.ceil(off_ns))

    def is_within(self, share: float, least_ns: float) -> bool:
        """Whether it is off by no more than a share of it, or so long."""
        return self.off_ns <= max(share * self.low_ns, least_ns)


def by_lateness(
    latency: Histogram, low: Histogram, high: Histogram, quantiles: Mapping[str, float]
) -> dict[str, Bracket]:
    """Of the mean and of the quantiles that have a request beyond them."""
    if not low.count:
        return {}
    found = {
        name: Bracket.of(*(each.value_at_quantile_ns(one) for each in (low, latency, high)))
        for name, one in quantiles.items()
        if low.count >= fewest_requests(one)
    }
    return {MEAN: Bracket.of(low.mean_ns, latency.mean_ns, high.mean_ns), **found}


def by_rank(latency: Histogram, share: float, quantiles: Mapping[str, float]) -> dict[str, Bracket]:
    """Of the quantiles, where such a share of the requests may be anywhere."""
    if not latency.count or share <= 0:
        return {}
    return {
        name: Bracket.of(
            *(
                latency.value_at_quantile_ns(min(1.0, max(0.0, one + by)))
                for by in (-share, 0.0, share)
            )
        )
        for name, one in quantiles.items()
        if latency.count >= fewest_requests(one)
    }


def of_mean(latency: Histogram, share: float) -> dict[str, Bracket]:
    """In the closed loop, where the users waited for the generator for such a share of the time."""
    if not latency.count or share <= 0:
        return {}
    mean_ns = latency.mean_ns
    return {MEAN: Bracket.of(mean_ns * (1 - min(share, 1.0)), mean_ns, mean_ns)}


def fewest_requests(quantile: float) -> int:
    """So many have one beyond it."""
    return round(1 / (1 - quantile))


def of_class(names: Collection[str], name: str) -> list[str]:
    """Of names of figures those of all requests (""), or of a class: they begin with its name and a
    dot."""
    prefix = f"{name}." if name else ""
    return [one.removeprefix(prefix) for one in names if one.startswith(prefix)]
