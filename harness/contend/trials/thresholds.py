"""Limits that a trial must keep: `p95>50ms` says what breaks it. Pure.

A latency that the generator may have moved holds or breaks a limit while all that it may have been
lies on one side of it; else nobody knows. So does one of given-up requests, which are worth their
age at least.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contend.durations import S_NS, format_ns, some_time_ns, three_digits
from contend.trials.brackets import MEAN, by_rank, fewest_requests, of_mean

if TYPE_CHECKING:
    from contend._engine import ClassResult, Histogram, TrialResult

HOLDS, BROKEN, UNKNOWN = "holds", "broken", "unknown"

_FORM = re.compile(
    r"(?:(?P<of>.+)\.)?(?P<figure>p\d{1,2}(?:\.\d{1,4})?|mean|max|errors|goodput)\s*"
    r"(?P<sign>[<>])\s*(?P<limit>\S.*)"
)
_SHARE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)")
_RATE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(?:\s*/s)?")


@dataclass(frozen=True)
class Threshold:
    """Broken where the figure is above (`breaks_above`) or below the limit: nanoseconds, a share,
    or requests a second."""

    text: str
    of_class: str  # "": of all requests
    figure: str
    breaks_above: bool
    limit: float

    @property
    def quantile(self) -> float | None:
        """None of a figure that is none."""
        return float(self.figure[1:]) / 100 if self.figure.startswith("p") else None


@dataclass(frozen=True)
class Kept:
    state: str
    words: str


def parse_threshold(text: str) -> Threshold:
    """Raises ValueError that says what is allowed."""
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise ValueError(
            f"'{text}' is no threshold: FIGURE>LIMIT, such as p95>50ms, json.p99>20ms, mean>5ms, "
            "errors>0.1% or goodput<900/s"
        )
    figure, limit = found["figure"], found["limit"].strip()
    if figure == "errors":
        value = _share(limit)
    elif figure == "goodput":
        value = _rate(limit)
    else:
        value = float(some_time_ns(limit))
    if figure.startswith("p") and not 0 < float(figure[1:]) < 100:
        raise ValueError(f"'{figure}' is no quantile: p50, p99.9")
    return Threshold(text.strip(), found["of"] or "", figure, found["sign"] == ">", value)


def check(threshold: Threshold, result: "TrialResult", lost_share: float) -> Kept:
    """`lost_share` of the time the generator lost, in the closed loop."""
    of_it: TrialResult | ClassResult = result
    if threshold.of_class:
        of_it = next(one for one in result.classes if one.name == threshold.of_class)
    requests = of_it.requests
    if threshold.figure == "errors":
        if not requests.scheduled:
            return Kept(UNKNOWN, "there was no request")
        errors = (requests.scheduled - requests["ok"]) / requests.scheduled
        return _kept(threshold, None, errors, lambda value: f"{100 * value:.3g}%")
    if threshold.figure == "goodput":
        if not result.duration_ns:
            return Kept(UNKNOWN, "nothing was measured")
        completed = requests["ok"] if threshold.of_class else result.completed_ok
        goodput = completed * S_NS / result.duration_ns
        ends = (goodput, goodput / (1 - lost_share) if lost_share < 1 else math.inf)
        at_most = None if result.latency_low.count else ends
        return _kept(threshold, at_most, goodput, lambda value: f"{three_digits(value)}/s")
    return _latency(threshold, of_it, lost_share)


def _latency(threshold: Threshold, of_it: "TrialResult | ClassResult", lost_share: float) -> Kept:
    histogram, quantile = of_it.latency, threshold.quantile
    if not histogram.count:
        return Kept(UNKNOWN, "no request has a latency")
    if quantile is not None and histogram.count < (needed := fewest_requests(quantile)):
        return Kept(UNKNOWN, f"it needs {needed:,} requests")
    value = _read(histogram, threshold)
    low, high = of_it.latency_low, of_it.latency_high
    ends: tuple[float, float] = (value, value)
    if low.count:
        ends = (_read(low, threshold), _read(high, threshold))
    elif quantile is not None and lost_share:
        (rank,) = by_rank(histogram, 2 * lost_share, {"": quantile}).values()
        ends = (rank.low_ns, rank.high_ns)
    elif threshold.figure == "mean" and (mean := of_mean(histogram, lost_share)):
        ends = (mean[MEAN].low_ns, value)
    lowest_ns = of_it.lowest_lower_bound_ns
    is_bound = lowest_ns is not None and (quantile is None or value >= lowest_ns)
    if is_bound and quantile is None and value <= threshold.limit:
        return Kept(UNKNOWN, f"≥{format_ns(value)}: requests were given up")
    if is_bound and threshold.breaks_above and value <= threshold.limit:
        words = f"≥{format_ns(value)}, not known to be below: requests were given up"
        return Kept(BROKEN, words)
    if is_bound and not threshold.breaks_above and value < threshold.limit:
        return Kept(UNKNOWN, f"≥{format_ns(value)}: requests were given up")
    return _kept(threshold, ends, value, format_ns)


def _read(histogram: "Histogram", threshold: Threshold) -> int:
    if threshold.quantile is not None:
        return histogram.value_at_quantile_ns(threshold.quantile)
    return histogram.max_ns if threshold.figure == "max" else round(histogram.mean_ns)


def _kept(
    threshold: Threshold,
    ends: tuple[float, float] | None,
    value: float,
    said: Callable[[float], str],
) -> Kept:
    def breaks(one: float) -> bool:
        return one > threshold.limit if threshold.breaks_above else one < threshold.limit

    if ends and breaks(ends[0]) != breaks(ends[1]):
        between = " and ".join(map(said, ends))
        return Kept(UNKNOWN, f"between {between}, for what the generator did")
    return Kept(BROKEN if breaks(value) else HOLDS, said(value))


def _share(text: str) -> float:
    found = _SHARE.fullmatch(text)
    value = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"'{text}' is no share: 0.1%, or 0.001")
    return value


def _rate(text: str) -> float:
    found = _RATE.fullmatch(text)
    if not found:
        raise ValueError(f"'{text}' is no rate: 900/s")
    return float(found[1])
