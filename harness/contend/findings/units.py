"""The units of statistics: a trial with its fresh server, or a lane in a block. Pure.

The ratio of two lanes in a block is the median of its rounds' paired ratios, whose bursts followed
one another with the same arrivals; a quantile for which a burst has too few requests is of all the
block's together.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from contend.blocks.record import BlockRecord, Burst, Merged
from contend.findings.figures import NS_PER_MS, Figure, Reading
from contend.findings.observed import Observed, of_burst, of_bursts, of_trial
from contend.runs.record import TrialRecord
from contend.stats.compare import Sample


@dataclass(frozen=True)
class TrialUnit:
    trial: TrialRecord

    def read(self, figure: Figure) -> Reading | None:
        seen = of_trial(self.trial)
        return None if seen is None else figure.read(seen)


@dataclass(frozen=True)
class LaneUnit:
    """A lane under one load in a block that is kept."""

    block: BlockRecord
    lane: str
    load: str
    bursts: tuple[Burst, ...]  # those of its rounds that can be used

    @cached_property
    def rounds(self) -> Mapping[int, tuple[Burst, Observed]]:
        cores = self.block.server_cores
        return {one.round: (one, of_burst(one, cores)) for one in self.bursts}

    @cached_property
    def merged(self) -> Merged | None:
        at = (self.lane, self.load)
        return next((one for one in self.block.merged if (one.lane, one.load) == at), None)

    @cached_property
    def whole(self) -> Observed | None:
        """Of all rounds together."""
        if self.merged is None or not self.bursts:
            return None
        record = self.block.lane(self.lane)
        seen = of_bursts(self.bursts, self.merged, self.block.server_cores)
        return replace(seen, peak_rss_bytes=record.peak_rss_bytes) if record else seen

    def read(self, figure: Figure) -> Reading | None:
        """Of the block: the median of the rounds', on logs."""
        if figure.quantile is None and figure.name == "peak_rss":
            return None if self.whole is None else figure.read(self.whole)
        found = self.by_round(figure)
        if found is None:
            return None if self.whole is None else figure.read(self.whole)
        value = _median([one.value for one in found.values()])
        return Reading(value, self._is_bound(figure, value))

    def _is_bound(self, figure: Figure, value: float) -> bool:
        """Whether requests of the block were given up at a time no higher."""
        if figure.quantile is None or self.merged is None:
            return False
        lowest_ns = self.merged.lowest_lower_bound_ns.get(figure.class_name)
        return lowest_ns is not None and value >= lowest_ns / NS_PER_MS

    def by_round(self, figure: Figure) -> dict[int, Reading] | None:
        """None where fewer than half of the rounds tell it."""
        found = {}
        for number, (burst, seen) in self.rounds.items():
            of_it = burst.classes.get(figure.class_name, burst.latency)
            if figure.is_of_burst(of_it.count) and (reading := figure.read(seen)) is not None:
                found[number] = reading
        return found if found and 2 * len(found) >= len(self.rounds) else None


Unit = TrialUnit | LaneUnit


def sample(figure: Figure, units: Sequence[Unit]) -> Sample:
    """The figure of each unit that has it."""
    readings = [one for unit in units if (one := unit.read(figure)) is not None]
    return Sample(tuple(one.value for one in readings), any(one.is_lower_bound for one in readings))


def log_ratio(figure: Figure, over: LaneUnit, under: LaneUnit) -> float | None:
    """Of two lanes in one block; None where one of them doesn't have the figure."""
    rounds = over.by_round(figure), under.by_round(figure)
    if rounds[0] is not None and rounds[1] is not None:
        both = [
            math.log(one.value / rounds[1][number].value)
            for number, one in rounds[0].items()
            if number in rounds[1] and one.value > 0 and rounds[1][number].value > 0
        ]
        return statistics.median(both) if both else None
    values = [figure.read(one.whole) if one.whole else None for one in (over, under)]
    if any(one is None or one.value <= 0 for one in values):
        return None
    first, second = (one.value for one in values if one is not None)
    return math.log(first / second)


def _median(values: Sequence[float]) -> float:
    if min(values) <= 0:
        return statistics.median(values)
    return math.exp(statistics.median(map(math.log, values)))
