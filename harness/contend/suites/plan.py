"""What a suite still has to measure: pure, and asked again after each stage.

Stage 1 is everything that a suite states: `starts` blocks of each group of lanes, and as many
trials of each cell that can't be measured in blocks. Stage 2 deals what is left of the budget to
the groups whose comparisons were not all decided at the end of stage 1, a block to each in turn:
these are the two looks at a group's blocks, and the first has a small part of the risk
(FIRST_LOOK): it decides what is beyond doubt, and the budget goes to the rest. Beside them, a few
more blocks and trials replace those that could not be used. The same suite and stored records
always give the same plan, so a run can be resumed, and nothing that is stored is planned again.

Repetitions are interleaved: each round measures every group and cell once, in an order drawn from
the seed.
"""

import hashlib
import random
import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from contend.durations import S_NS, format_clock, parse_duration_ns
from contend.errors import SuiteError
from contend.suites.cells import (
    Cell,
    Group,
    Pair,
    duration_ns,
    groups,
    loads_of,
    pair_of,
    searched_cell,
    trial_cells,
    turns,
)
from contend.suites.search import next_connections
from contend.suites.suite import Grid, Suite

# The part of the risk that goes with the first of the two looks at a workload's blocks.
FIRST_LOOK = 0.3
# How often a trial, or a group's block, that could not be used is measured again.
EXTRA_STARTS = 2
# How often a cell may come to nothing but wrong answers, or none.
MOST_UNANSWERED = 2
# Of its stated blocks: as many a group may come to.
MOST_TIMES = 4
# What takes time beside bursts, about, until a group's own blocks have shown it: a server's start
# and check, its warm-up, the opening and draining of a burst, and a trial's start.
START_S, WARM_UP_S, AROUND_BURST_S, TRIAL_START_S = 0.6, 0.9, 0.05, 0.7
# What a suite takes beside blocks and trials: reading, storing, tables and plots.
AROUND_S = 5.0

STATED, WIDE, EXTRA, SEARCH = 1, 2, 3, 4  # the stages


class PlannedTrial(msgspec.Struct, frozen=True):
    key: str
    cell: Cell
    repetition: int  # from 1
    stage: int
    seed: int


class PlannedBlock(msgspec.Struct, frozen=True):
    key: str
    group: Group
    number: int  # from 1, of its group
    stage: int
    seed: str


Planned = PlannedTrial | PlannedBlock


class Finished(msgspec.Struct, frozen=True):
    """What the plan needs to know of a stored trial."""

    planned: PlannedTrial
    is_valid: bool  # False also when its server could not be started
    keeps_up: bool | None = None  # of a chat; None where it isn't known
    is_unanswered: bool = False  # no request of it was answered rightly


class FinishedBlock(msgspec.Struct, frozen=True):
    """What the plan needs to know of a stored block."""

    workload: str
    apart: str
    number: int
    seconds: float
    is_kept: bool
    restless: tuple[str, ...] = ()  # lanes that can't rest beside others


class Stored(msgspec.Struct, frozen=True):
    trials: tuple[Finished, ...] = ()
    blocks: tuple[FinishedBlock, ...] = ()


NOTHING = Stored()


def plan(
    suite: Suite,
    left_out: Collection[Pair],
    stored: Stored = NOTHING,
    undecided: Mapping[str, int] | None = None,
) -> list[Planned]:
    """What the first stage that isn't finished still needs, in order; nothing when all is done.

    `left_out`: workload and backend pairs that can't be measured here. `undecided`: by workload,
    how many comparisons its stated blocks left so; asked for once these are stored.
    """
    given_up = unanswered(stored.trials)
    starts = {
        cell: n
        for cell, n in trial_cells(suite).items()
        if pair_of(cell) not in left_out and cell not in given_up
    }
    apart = {(block.workload, lane) for block in stored.blocks for lane in block.restless}
    found = groups(suite, left_out, apart)
    done = {trial.planned.key for trial in stored.trials}
    done |= {_block_key(block.workload, block.apart, block.number) for block in stored.blocks}
    for planned in (
        _stated(suite, starts, found, stored),
        _extra(suite, starts, stored.trials),
    ):
        left = [one for one in planned if one.key not in done]
        if fits := _within_budget(suite, left, stored):
            return fits
    if searched := _searched(suite, left_out, stored):
        return searched
    wide = _wide(suite, found, stored, undecided or {})
    return [one for one in wide if one.key not in done]


def unanswered(trials: Iterable[Finished]) -> set[Cell]:
    """Cells whose server answered nothing rightly, so often that no more is asked of it: it can't
    bear the load, and a try may take a hundred times as long as one that is borne."""
    counts = Counter(one.planned.cell for one in trials if one.is_unanswered)
    return {cell for cell, count in counts.items() if count >= MOST_UNANSWERED}


def is_stated(suite: Suite, block: FinishedBlock, stored: Stored) -> bool:
    """Whether it is of stage 1, at whose end comparisons are first looked at."""
    return block.number in _stated_numbers(suite, _group_of(block), stored)


def block_s(suite: Suite, group: Group, stored: Sequence[FinishedBlock] = ()) -> float:
    """What a block of the group takes: the median of those that are stored, else by assumption."""
    known = [one.seconds for one in stored if _group_of(one) == group.key and one.is_kept]
    if known:
        return statistics.median(known)
    bursts_s = sum(
        suite.measured_ns(load.is_open) / S_NS + suite.rounds * AROUND_BURST_S
        for load, _ in turns(suite, group.workload)
        for lane in group.lanes
        if load.word in loads_of(suite, group.workload, lane)
    )
    return len(group.lanes) * (START_S + WARM_UP_S) + bursts_s


def trial_s(suite: Suite, cell: Cell) -> float:
    measured_ns = parse_duration_ns(suite.warmup) + duration_ns(suite, cell)
    return measured_ns / S_NS + TRIAL_START_S


def stated_s(suite: Suite, left_out: Collection[Pair]) -> float:
    """What stage 1 takes."""
    trials = sum(
        n * trial_s(suite, cell)
        for cell, n in trial_cells(suite).items()
        if pair_of(cell) not in left_out
    )
    return trials + suite.starts * sum(block_s(suite, one) for one in groups(suite, left_out))


def check_budget(suite: Suite, name: str, left_out: Collection[Pair]) -> float:
    """The seconds that all that is stated takes. Raises SuiteError when it is over the budget."""
    total_s = stated_s(suite, left_out)
    if total_s > suite.budget_s:
        raise SuiteError(
            name,
            f"what it states takes {format_clock(total_s)}, more than the budget of {suite.budget}",
            "fewer cells or starts, shorter durations, or a larger budget",
        )
    return total_s


def _stated(
    suite: Suite, starts: Mapping[Cell, int], found: Sequence[Group], stored: Stored
) -> list[Planned]:
    """With a block more for each that could not be used, while there are few of them."""
    rounds: dict[Cell | Group, range] = {cell: range(1, n + 1) for cell, n in starts.items()}
    for group in found:
        of_it = [one for one in stored.blocks if _group_of(one) == group.key]
        lost = min(sum(not one.is_kept for one in of_it), EXTRA_STARTS * suite.starts)
        rounds[group] = range(1, suite.starts + lost + 1)
    return _interleaved(suite, STATED, rounds)


def _within_budget(suite: Suite, planned: Sequence[Planned], stored: Stored) -> list[Planned]:
    """What is stated, and of what replaces it as much as fits into the budget beside that."""
    left_s = _left_s(suite, stored)
    left_s -= sum(_takes_s(suite, one, stored) for one in planned if not _replaces(suite, one))
    found = []
    for one in planned:
        if _replaces(suite, one):
            left_s -= _takes_s(suite, one, stored)
            if left_s < 0:
                continue
        found.append(one)
    return found


def _replaces(suite: Suite, planned: Planned) -> bool:
    if isinstance(planned, PlannedTrial):
        return planned.stage == EXTRA
    return planned.number > suite.starts


def _takes_s(suite: Suite, planned: Planned, stored: Stored) -> float:
    if isinstance(planned, PlannedTrial):
        return trial_s(suite, planned.cell)
    return block_s(suite, planned.group, stored.blocks)


def _left_s(suite: Suite, stored: Stored) -> float:
    """Of the budget, beside what is stored."""
    return suite.budget_s - sum(one.seconds for one in stored.blocks) - _trials_s(suite, stored)


def _trials_s(suite: Suite, stored: Stored) -> float:
    return sum(trial_s(suite, one.planned.cell) for one in stored.trials)


def _wide(
    suite: Suite,
    found: Sequence[Group],
    stored: Stored,
    undecided: Mapping[str, int],
) -> list[Planned]:
    """The budget's rest by what the stated blocks took, so that the blocks of this stage change
    nothing in it."""
    numbers = {group: len(_stated_numbers(suite, group.key, stored)) for group in found}
    first = [one for one in stored.blocks if is_stated(suite, one, stored)]
    left = suite.budget_s - AROUND_S
    left -= sum(one.seconds for one in first) + _trials_s(suite, stored)
    more = dict.fromkeys((one for one in found if undecided.get(one.workload)), 0)
    takes = {group: block_s(suite, group, first) for group in more}
    while more:
        dealt = [
            group
            for group, n in more.items()
            if takes[group] <= left and numbers[group] + n < MOST_TIMES * suite.starts
        ]
        if not dealt:
            break
        for group in dealt:
            if takes[group] <= left:
                left -= takes[group]
                more[group] += 1
    return _interleaved(
        suite,
        WIDE,
        {group: range(numbers[group] + 1, numbers[group] + n + 1) for group, n in more.items()},
    )


def _stated_numbers(suite: Suite, group: str, stored: Stored) -> range:
    """Of the blocks of stage 1: until as many as are stated were kept."""
    kept = 0
    of_it = sorted(
        (one for one in stored.blocks if _group_of(one) == group), key=lambda one: one.number
    )
    for one in of_it:
        kept += one.is_kept
        if kept == suite.starts:
            return range(1, one.number + 1)
    return range(1, max(suite.starts, len(of_it)) + 1)


def _extra(suite: Suite, starts: Mapping[Cell, int], finished: Iterable[Finished]) -> list[Planned]:
    """A fresh start for each trial that was not valid, numbered after the cell's stated ones."""
    missing: dict[Cell | Group, range] = {}
    for trial in finished:
        cell = trial.planned.cell
        n = starts.get(cell)
        if trial.is_valid or n is None:
            continue
        already = len(missing.get(cell, ()))
        missing[cell] = range(n + 1, n + 1 + min(already + 1, EXTRA_STARTS))
    return _interleaved(suite, EXTRA, missing)


def _searched(suite: Suite, left_out: Collection[Pair], stored: Stored) -> list[Planned]:
    """The next step of each search, while the budget lasts."""
    left_s = _left_s(suite, stored)
    wanted: dict[Cell | Group, range] = {}
    for grid in suite.grid:
        for workload in grid.workloads if grid.most_connections else ():
            for backend in grid.backends:
                if (workload, backend) in left_out:
                    continue
                step = _next_step(suite, grid, workload, backend, stored.trials)
                takes_s = sum(len(numbers) * trial_s(suite, cell) for cell, numbers in step.items())
                if takes_s <= left_s:
                    left_s -= takes_s
                    wanted.update((cell, numbers) for cell, numbers in step.items())
    return _interleaved(suite, SEARCH, wanted)


def _next_step(
    suite: Suite, grid: Grid, workload: str, backend: str, finished: Sequence[Finished]
) -> dict[Cell, range]:
    """A cell that is to be tried, and the numbers of its trials. A server that fails once to keep
    up doesn't; that it does takes as many trials as the suite states."""
    starts = suite.starts if grid.starts is None else grid.starts
    tried: dict[int, list[Finished]] = {}
    for trial in finished:
        connections = trial.planned.cell.connections
        if trial.planned.cell == searched_cell(grid, workload, backend, connections):
            tried.setdefault(connections, []).append(trial)
    known: dict[int, bool] = {}
    for connections, trials in tried.items():
        told = [one.keeps_up for one in trials if one.is_valid and one.keeps_up is not None]
        if not all(told) or len(told) >= starts:
            known[connections] = all(told)
    following = next_connections(grid.connections, grid.most_connections or 0, known)
    if following is None:
        return {}
    done = tried.get(following, [])
    good = sum(one.is_valid and one.keeps_up is not None for one in done)
    missing = min(starts - good, starts + EXTRA_STARTS - len(done))
    cell = searched_cell(grid, workload, backend, following)
    return {cell: range(len(done) + 1, len(done) + missing + 1)} if missing > 0 else {}


def _interleaved(
    suite: Suite, stage: int, repetitions: Mapping[Cell | Group, range]
) -> list[Planned]:
    """Rounds of one each, each in an order of its own that the suite's seed draws."""
    found: list[Planned] = []
    for turn in range(max(map(len, repetitions.values()), default=0)):
        in_turn = [one for one, numbers in repetitions.items() if turn < len(numbers)]
        random.Random(f"{suite.seed}/{stage}/{turn}").shuffle(in_turn)
        for one in in_turn:
            number = repetitions[one][turn]
            if isinstance(one, Group):
                found.append(_block(suite, stage, one, number))
            else:
                found.append(_trial(suite, stage, one, number))
    return found


def _trial(suite: Suite, stage: int, cell: Cell, repetition: int) -> PlannedTrial:
    """The seed is the same for every backend: all get the same arrivals in a repetition."""
    drawn = f"{suite.seed}/{cell.workload}/{cell.load.word}/{repetition}"
    seed = int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:6])
    return PlannedTrial(f"{cell.key}/{repetition}", cell, repetition, stage, seed)


def _block(suite: Suite, stage: int, group: Group, number: int) -> PlannedBlock:
    key = _block_key(group.workload, group.apart, number)
    return PlannedBlock(key, group, number, stage, f"{suite.seed}/{group.key}")


def _block_key(workload: str, apart: str, number: int) -> str:
    return f"{Group(workload, (), apart).key}/block {number}"


def _group_of(block: FinishedBlock) -> str:
    return Group(block.workload, (), block.apart).key
