"""What the gate looks at: a figure of both sides of a block as a log-ratio, worse above 0. Pure.

The bursts of a turn follow each other, so that a core which is slow for a second is so for both.
A block's ratio is the median of its turns': a burst that the machine disturbs counts for little.
What comes in one turn of many is looked for by itself (stalled_shares). p99.9 is of the whole
block: a turn has too few requests for it.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain

import msgspec

from contend.blocks.record import QUANTILES, BlockRecord, Burst
from contend.blocks.shape import STALL
from contend.findings import figures
from contend.findings.observed import Observed, of_burst, of_bursts
from contend.gate.block import SIDES, Side, turns


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


class Sides:
    """A block as figures read it, each of its bursts once."""

    def __init__(self, block: BlockRecord) -> None:
        self.block = block
        self._both: dict[str, list[tuple[float | None, float | None]]] = {}

    def of(self, side: Side) -> tuple[Burst, ...]:
        return self.block.of(side)

    @cached_property
    def open(self) -> list[tuple[Burst, Burst]]:
        return turns(self.block, is_open=True)

    @cached_property
    def seen_open(self) -> list[tuple[Observed, Observed]]:
        return self._seen(self.open)

    @cached_property
    def seen_closed(self) -> list[tuple[Observed, Observed]]:
        return self._seen(turns(self.block, is_open=False))

    @cached_property
    def merged(self) -> list[tuple[Observed | None, Observed | None]]:
        """All open bursts of each side together."""
        baseline, candidate = (self._merged(side) for side in SIDES)
        return [(baseline, candidate)]

    @cached_property
    def stalled(self) -> list[tuple[bool, bool]]:
        """Of each open turn, whether the baseline's burst has, and the candidate's."""
        p99_ns = [
            (first.latency.quantiles_ns.get("p99", 0), second.latency.quantiles_ns.get("p99", 0))
            for first, second in self.open
        ]
        if not p99_ns:
            return []
        limit_ns = STALL * statistics.median(chain.from_iterable(p99_ns))
        return [(first > limit_ns, second > limit_ns) for first, second in p99_ns]

    def both(self, figure: "GateFigure") -> list[tuple[float | None, float | None]]:
        """The figure of the baseline and of the candidate in each turn; all as one where it is
        pooled."""
        if figure.name not in self._both:
            if figure.is_pooled:
                seen = self.merged
            else:
                seen = [*(self.seen_closed if figure.name == GOODPUT else self.seen_open)]
            self._both[figure.name] = [
                (_value(figure, first), _value(figure, second)) for first, second in seen
            ]
        return self._both[figure.name]

    def _seen(self, bursts: Sequence[tuple[Burst, Burst]]) -> list[tuple[Observed, Observed]]:
        cores = self.block.server_cores
        return [(of_burst(first, cores), of_burst(second, cores)) for first, second in bursts]

    def _merged(self, side: Side) -> Observed | None:
        for one in self.block.merged:
            if one.lane == side and self.block.load(one.load).is_open:
                bursts = self.block.of(side, one.load)
                return of_bursts(bursts, one, self.block.server_cores)
        return None


def log_ratio(figure: GateFigure, of: BlockRecord | Sides) -> float | None:
    """Of a block; None where fewer than half of its turns have the figure on both sides."""
    found = _sides(of).both(figure)
    known = [
        math.log(candidate / baseline) for baseline, candidate in found if baseline and candidate
    ]
    log = _of_turns(known, len(found))
    return None if log is None else log if figure.higher_is_worse else -log


def block_value(figure: GateFigure, of: BlockRecord | Sides, side: Side) -> float | None:
    """Of one side of a block: nanoseconds, instructions, or responses a second."""
    values = [turn[SIDES.index(side)] for turn in _sides(of).both(figure)]
    found = _of_turns([math.log(one) for one in values if one], len(values))
    return None if found is None else math.exp(found)


def _sides(of: BlockRecord | Sides) -> Sides:
    return of if isinstance(of, Sides) else Sides(of)


def _value(figure: GateFigure, seen: Observed | None) -> float | None:
    """In nanoseconds where it is a time."""
    read, scale = _READ[figure.name]
    found = None if seen is None else read(seen)
    return None if found is None else found.value * scale


# By name: how the registry reads it, and its unit in that of the gate's document.
_READ = {
    SERVER_CPU: (figures.SERVER_CPU.read, figures.NS_PER_US),
    INSTRUCTIONS: (figures.INSTRUCTIONS.read, 1.0),
    GOODPUT: (figures.GOODPUT.read, 1.0),
    **{name: (figures.latency(name, name, name).read, figures.NS_PER_MS) for name in QUANTILES},
}


def _of_turns(logs: Sequence[float], turns: int) -> float | None:
    return statistics.median(logs) if logs and 2 * len(logs) >= turns else None


def stalled_shares(of: BlockRecord | Sides) -> tuple[float, float]:
    """Of the open bursts of the baseline and of the candidate: those whose p99 is far above that of
    the block's usual burst."""
    stalled = _sides(of).stalled
    if not stalled:
        return 0.0, 0.0
    baseline, candidate = (statistics.fmean(side) for side in zip(*stalled, strict=True))
    return baseline, candidate


def usual_bursts(of: BlockRecord | Sides, side: Side) -> list[Burst]:
    """The open ones that have not stalled."""
    sides = _sides(of)
    number = SIDES.index(side)
    both = zip(sides.open, sides.stalled, strict=True)
    return [bursts[number] for bursts, stalled in both if not stalled[number]]


def as_ratio(figure: GateFigure, log: float) -> float:
    """Candidate over baseline, of a log-ratio whose positive side is worse."""
    return math.exp(log if figure.higher_is_worse else -log)
