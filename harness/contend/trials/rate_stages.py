"""An open loop's rate over time: `--stages '30s:10000,1m:10000'`. Pure.

Each stage takes the rate straight from what it is at to its own, within its length; at once where
that is nothing. The engine has the same curve (harness/engine/arrivals/rate_curve.h).
"""

import math
import re
from collections.abc import Sequence

import msgspec

from contend.durations import S_NS, parse_duration_ns

LOWEST_PER_S, HIGHEST_PER_S = 1e-6, 1e7
_FORM = re.compile(r"(?P<length>[^:]+):(?P<rate>[^:]+)")
_TRY = "LENGTH:RATE, such as 30s:1000,1m:1000"


class RateStage(msgspec.Struct, frozen=True):
    length_ns: int
    rate_per_s: float  # at its end


def parse_stages(text: str) -> tuple[RateStage, ...]:
    """Raises ValueError that says what is allowed."""
    stages = tuple(_stage(part.strip()) for part in text.split(","))
    if not stages[-1].length_ns:
        raise ValueError(f"the last stage of '{text}' has no length: its rate would never be")
    return stages


def length_ns(stages: Sequence[RateStage]) -> int:
    return sum(one.length_ns for one in stages)


def ends_ns(stages: Sequence[RateStage]) -> list[int]:
    """Of each, from the begin of the first."""
    return [length_ns(stages[: at + 1]) for at in range(len(stages))]


def due_by(start_per_s: float, stages: Sequence[RateStage], time_ns: int) -> float:
    """Requests that are due before a time, from the begin of the first stage on."""
    due, rate, left_ns = 0.0, start_per_s, time_ns
    for stage in stages:
        within_ns = min(stage.length_ns, left_ns)
        if within_ns:
            share = within_ns / stage.length_ns
            reached = rate + share * (stage.rate_per_s - rate)
            due += (rate + reached) / 2 * within_ns / S_NS
        rate, left_ns = stage.rate_per_s, left_ns - within_ns
    return due + rate * left_ns / S_NS


def _stage(text: str) -> RateStage:
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"'{text}' is no stage: {_TRY}")
    length, rate = found["length"].strip(), found["rate"].strip().removesuffix("/s")
    try:
        per_s = float(rate)
    except ValueError:
        raise ValueError(f"'{text}' has no rate: {_TRY}") from None
    if per_s == 0:
        raise ValueError(f"'{text}' goes to a rate of 0, which no request would end: 1, or less")
    if not (math.isfinite(per_s) and LOWEST_PER_S <= per_s <= HIGHEST_PER_S):
        raise ValueError(f"'{text}' has no rate from {LOWEST_PER_S:g} to {HIGHEST_PER_S:,.0f}/s")
    plain = re.fullmatch(r"\d+(?:\.\d*)?|\.\d+", length)
    return RateStage(parse_duration_ns(f"{length}s" if plain else length), per_s)
