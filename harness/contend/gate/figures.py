"""What the gate looks at: a figure of both sides of a block as a log-ratio, worse above 0. Pure.

The bursts of a turn follow each other, so that a core which is slow for a second is so for both.
A block's ratio is the median of its turns': a burst that the machine disturbs counts for little.
What comes in one turn of many is looked for by itself (stalled_shares). p99.9 is of the whole
block: a turn has too few requests for it.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from contend.durations import S_NS
from contend.gate.block import CLOSED, OPEN, SIDES, BlockRecord, Burst, Side
from contend.trials.histograms import Histogram

# A burst has stalled when its p99 is so many times that of the block's median burst.
STALL = 4.0
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}


class GateFigure(msgspec.Struct, frozen=True):
    name: str
    delta: float  # the change that a candidate may make without being a regression
    is_pooled: bool = False  # of the whole block, not of its turns
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
    GateFigure("p99.9", 0.25, is_pooled=True),
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
    """Of a block; None where fewer than half of its turns have the figure on both sides."""
    turns = _turns(figure, block)
    known = [
        math.log(candidate / baseline) for baseline, candidate in turns if baseline and candidate
    ]
    found = _of_turns(known, len(turns))
    return None if found is None else found if figure.higher_is_worse else -found


def block_value(figure: GateFigure, block: BlockRecord, side: Side) -> float | None:
    """Of one side of a block: nanoseconds, instructions, or responses a second."""
    values = [turn[SIDES.index(side)] for turn in _turns(figure, block)]
    found = _of_turns([math.log(one) for one in values if one], len(values))
    return None if found is None else math.exp(found)


def _turns(figure: GateFigure, block: BlockRecord) -> list[tuple[float | None, float | None]]:
    """The figure of the baseline and of the candidate in each; all as one where it is pooled."""
    turns = block.turns(CLOSED if figure.name == GOODPUT else OPEN)
    if figure.is_pooled:
        baseline, candidate = zip(*turns, strict=True) if turns else ((), ())
        return [(_value(figure.name, baseline), _value(figure.name, candidate))]
    return [
        (_value(figure.name, [baseline]), _value(figure.name, [candidate]))
        for baseline, candidate in turns
    ]


def _of_turns(logs: Sequence[float], turns: int) -> float | None:
    return statistics.median(logs) if logs and 2 * len(logs) >= turns else None


def stalled_shares(block: BlockRecord) -> tuple[float, float]:
    """Of the open bursts of the baseline and of the candidate: those whose p99 is far above that of
    the block's usual burst."""
    stalled = _stalled(block)
    if not stalled:
        return 0.0, 0.0
    baseline, candidate = (statistics.fmean(side) for side in zip(*stalled, strict=True))
    return baseline, candidate


def usual_bursts(block: BlockRecord, side: Side) -> list[Burst]:
    """The open ones that have not stalled."""
    number = SIDES.index(side)
    turns = zip(block.turns(OPEN), _stalled(block), strict=True)
    return [bursts[number] for bursts, stalled in turns if not stalled[number]]


def _stalled(block: BlockRecord) -> list[tuple[bool, ...]]:
    """Of each open turn, whether the baseline's burst has, and the candidate's."""
    p99_ns = [
        [pooled([one]).value_at_quantile_ns(QUANTILES["p99"]) for one in turn]
        for turn in block.turns(OPEN)
    ]
    if not p99_ns:
        return []
    limit_ns = STALL * statistics.median(chain.from_iterable(p99_ns))
    return [tuple(one > limit_ns for one in turn) for turn in p99_ns]


def as_ratio(figure: GateFigure, log: float) -> float:
    """Candidate over baseline, of a log-ratio whose positive side is worse."""
    return math.exp(log if figure.higher_is_worse else -log)


def _value(name: str, bursts: Sequence[Burst]) -> float | None:
    """Of one side's bursts of one kind of arrivals."""
    completed = sum(one.completed for one in bursts)
    if name == GOODPUT:
        seconds = sum(one.duration_ns for one in bursts) / S_NS
        return completed / seconds if seconds else None
    if name in (SERVER_CPU, INSTRUCTIONS):
        used = [one.server_cpu_ns if name == SERVER_CPU else one.instructions for one in bursts]
        known = [one for one in used if one is not None]
        return sum(known) / completed if completed and len(known) == len(used) else None
    latencies = pooled(bursts)
    # A quantile with no request beyond it would be the maximum under another name.
    if latencies.count * (1 - QUANTILES[name]) < 1:
        return None
    return float(latencies.value_at_quantile_ns(QUANTILES[name]))


def pooled(bursts: Sequence[Burst]) -> Histogram:
    """The latencies of all of them."""
    every = Histogram()
    for one in bursts:
        every.add(Histogram.decode(one.latency))
    return every
