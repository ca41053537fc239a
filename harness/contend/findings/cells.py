"""The units of each cell of a run: its valid trials, or its lane in each block that is kept. Pure.

A cell that the generator could not measure, or whose server failed, says so with numbers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from contend.blocks.judge import idle_shares, is_draining
from contend.blocks.record import BlockRecord, Burst
from contend.findings.units import LaneUnit, TrialUnit, Unit
from contend.runs.record import NULL, Run, TrialRecord, restless_lanes
from contend.suites.cells import Cell, block_cells, stated_cells
from contend.suites.load import CLOSED
from contend.trials.document import FAILURES, GENERATOR_IS_THE_LIMIT

Key = tuple[str, str, str]  # workload, load, backend

BLOCKS, TRIALS = "blocks", "trials"


@dataclass(frozen=True)
class Measured:
    """What is stored of a cell. A try is a trial or a block that asked it for something."""

    units: tuple[Unit, ...] = ()
    tries: int = 0
    failed: int = 0  # tries in which its server did not start, answered wrongly, or died
    left_out: int = 0  # tries that were measured and can't be used
    notes: tuple[str, ...] = ()  # of each try that is no unit, why
    scheduled: int = 0  # requests of the units
    errors: Mapping[str, int] = field(default_factory=dict)  # of those, by cause
    class_counts: Mapping[str, int] = field(default_factory=dict)  # right responses of each class

    @property
    def trials(self) -> list[TrialRecord]:
        return [one.trial for one in self.units if isinstance(one, TrialUnit)]

    @property
    def lanes(self) -> list[LaneUnit]:
        return [one for one in self.units if isinstance(one, LaneUnit)]


def by_cell(run: Run) -> dict[Key, Measured]:
    """Of every cell that the suite asks for and of which something is stored."""
    found: dict[Key, Measured] = {}
    trials: dict[Key, list[TrialRecord]] = {}
    for trial in run.trials:
        trials.setdefault(key_of(trial.planned.cell), []).append(trial)
    for key, of_it in trials.items():
        found[key] = _of_trials(of_it)
    apart = restless_lanes(run.blocks)
    blocks: dict[str, list[_Judged]] = {}
    for block in run.blocks:
        blocks.setdefault(block.workload, []).append(_Judged(block, apart[block.workload]))
    for cell in block_cells(run.header.suite):
        if measured := _of_blocks(blocks.get(cell.workload, []), cell):
            found[key_of(cell)] = measured
    return found


def key_of(cell: Cell) -> Key:
    return cell.workload, cell.load.word, cell.backend


def is_in_blocks(run: Run, workload: str, load: str) -> bool:
    return any(
        (one.workload, one.load.word) == (workload, load) for one in block_cells(run.header.suite)
    )


def is_asked(run: Run, key: Key) -> bool:
    return any(key_of(one) == key for one in stated_cells(run.header.suite))


def _of_trials(trials: Sequence[TrialRecord]) -> Measured:
    valid = [one for one in trials if one.is_valid]
    causes: Counter[str] = Counter()
    scheduled = 0
    for one in valid:
        assert one.document is not None
        requests = one.document.requests
        scheduled += requests.scheduled
        causes.update(timeout=requests.timeout, shed=requests.shed, unfinished=requests.unfinished)
        causes.update(requests.failed)
    classes: Counter[str] = Counter()
    for one in valid:
        for of_class in (one.document.classes if one.document else ()) or ():
            if of_class.share:
                classes[of_class.name] += of_class.requests.ok
    return Measured(
        units=tuple(TrialUnit(one) for one in valid),
        tries=len(trials),
        failed=sum(one.document is None for one in trials),
        left_out=sum(one.document is not None for one in trials) - len(valid),
        notes=tuple(_trial_notes(trials)),
        scheduled=scheduled,
        errors={cause: count for cause, count in causes.items() if count},
        class_counts=dict(classes),
    )


def _trial_notes(trials: Sequence[TrialRecord]) -> Iterator[str]:
    for one in trials:
        label = f"trial {one.planned.repetition}"
        if one.document is None:
            yield f"{label} not run: {one.not_run}"
        elif not one.is_valid:
            validity = one.document.validity
            yield f"{label} {validity.verdict}: {'; '.join(validity.words)}"


@dataclass(frozen=True)
class _Judged:
    """A block, judged once for all of its cells."""

    block: BlockRecord
    restless: Mapping[str, float]  # lanes of the workload's blocks

    def why_dropped(self, lane: str) -> str | None:
        """What a restless lane burns it burns in the bursts of all others alike, and its own were
        spared: they can be compared, and it can't."""
        if self.block.dropped is None and lane in self.restless and idle_shares(self.block):
            return f"used {self.restless[lane]:.1%} of the core while others were loaded"
        return self.block.dropped

    @cached_property
    def disturbed(self) -> dict[tuple[str, str, int], str]:
        """By lane, load and round."""
        found = {}
        for one in self.block.bursts:
            if one.reasons and not _is_a_ceiling(one):
                found[one.lane, one.load, one.round] = one.reasons[0]
            elif is_draining(self.block, one):
                found[one.lane, one.load, one.round] = "it still drained a backlog"
        return found


def _of_blocks(blocks: Sequence[_Judged], cell: Cell) -> Measured | None:
    lane, load = cell.backend, cell.load.word
    units: list[LaneUnit] = []
    notes: list[str] = []
    tries = failed = left_out = scheduled = 0
    errors: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    for judged in blocks:
        block = judged.block
        label = f"block {block.number}"
        if block.failed_lane == lane:
            tries, failed = tries + 1, failed + 1
            notes.append(f"{label}: {block.dropped}")
            continue
        bursts = block.of(lane, load)
        if not bursts:
            continue
        tries += 1
        kept = [one for one in bursts if (lane, load, one.round) not in judged.disturbed]
        why = judged.why_dropped(lane)
        if why is None and 2 * len(kept) < len(bursts):
            why = (
                judged.disturbed[lane, load, bursts[0].round]
                if not kept
                else next(
                    judged.disturbed[lane, load, one.round] for one in bursts if one not in kept
                )
            )
        if why is not None:
            left_out += 1
            notes.append(f"{label} left out: {why}")
            continue
        units.append(LaneUnit(block, lane, load, tuple(kept)))
        scheduled += sum(one.scheduled for one in kept)
        for one in kept:
            errors.update(one.errors)
            classes.update(_right(one))
    if not tries:
        return None
    return Measured(
        tuple(units),
        tries,
        failed,
        left_out,
        tuple(notes),
        scheduled,
        {cause: errors[cause] for cause in _CAUSES if errors[cause]},
        dict(classes),
    )


def _is_a_ceiling(burst: Burst) -> bool:
    """The null server's closed loop is measured for the generator's limit."""
    is_limit = all(one.startswith(GENERATOR_IS_THE_LIMIT) for one in burst.reasons)
    return burst.lane == NULL and burst.load.startswith(CLOSED) and is_limit


def _right(burst: Burst) -> dict[str, int]:
    return {name: one.completed for name, one in burst.classes.items()}


_CAUSES = ("timeout", "shed", "unfinished", *FAILURES)
