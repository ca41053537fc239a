"""What the gate looks at: a figure of both sides of a block as a log-ratio, worse above 0. Pure."""

import math
from collections.abc import Mapping, Sequence

import msgspec

from contend import _engine
from contend.durations import S_NS
from contend.gate.block import BASELINE, CANDIDATE, OPEN, BlockRecord, Burst

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}


class GateFigure(msgspec.Struct, frozen=True):
    name: str
    delta: float  # the change that a candidate may make without being a regression
    higher_is_worse: bool = True
    is_optional: bool = False  # left out where no block has it

    @property
    def margin(self) -> float:
        """On the scale of log-ratios."""
        return math.log1p(self.delta)


SERVER_CPU, INSTRUCTIONS = "server_cpu_per_request", "instructions_per_request"
GOODPUT = "goodput"
FIGURES = (
    GateFigure(SERVER_CPU, 0.01),
    GateFigure(INSTRUCTIONS, 0.01, is_optional=True),
    GateFigure(GOODPUT, 0.02, higher_is_worse=False),
    GateFigure("p50", 0.05),
    GateFigure("p90", 0.05),
    GateFigure("p99", 0.10),
    GateFigure("p99.9", 0.25),
)


def with_deltas(deltas: Mapping[str, float]) -> tuple[GateFigure, ...]:
    """FIGURES, some with another delta. Raises ValueError for a name that none has."""
    names = [one.name for one in FIGURES]
    if unknown := [name for name in deltas if name not in names]:
        raise ValueError(f"there is no figure '{unknown[0]}': {', '.join(names)}")
    return tuple(
        msgspec.structs.replace(one, delta=deltas.get(one.name, one.delta)) for one in FIGURES
    )


def log_ratio(figure: GateFigure, block: BlockRecord) -> float | None:
    """Of a block; None where a side doesn't have the figure."""
    baseline, candidate = (value(figure.name, block.of(side)) for side in (BASELINE, CANDIDATE))
    if not baseline or not candidate:
        return None
    ratio = math.log(candidate / baseline)
    return ratio if figure.higher_is_worse else -ratio


def as_ratio(figure: GateFigure, log: float) -> float:
    """Candidate over baseline, of a log-ratio whose positive side is worse."""
    return math.exp(log if figure.higher_is_worse else -log)


def value(name: str, bursts: Sequence[Burst]) -> float | None:
    """Of one side's bursts: nanoseconds, instructions, or responses a second."""
    if name == GOODPUT:
        closed = [one for one in bursts if one.arrivals != OPEN]
        seconds = sum(one.duration_ns for one in closed) / S_NS
        return sum(one.completed for one in closed) / seconds if seconds else None
    opened = [one for one in bursts if one.arrivals == OPEN]
    if name in (SERVER_CPU, INSTRUCTIONS):
        used = [one.server_cpu_ns if name == SERVER_CPU else one.instructions for one in opened]
        completed = sum(one.completed for one in opened)
        known = [one for one in used if one is not None]
        return sum(known) / completed if completed and len(known) == len(used) else None
    latencies = pooled(opened)
    # A quantile with no request beyond it would be the maximum under another name.
    if latencies.count * (1 - QUANTILES[name]) < 1:
        return None
    return float(latencies.value_at_quantile_ns(QUANTILES[name]))


def pooled(bursts: Sequence[Burst]) -> _engine.Histogram:
    """The latencies of all of them."""
    every = _engine.Histogram()
    for one in bursts:
        every.add(_engine.Histogram.decode(one.latency))
    return every
