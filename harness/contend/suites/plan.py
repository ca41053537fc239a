"""Which trials a suite still has to run: pure, and asked again after each stage.

Stage 1 is everything that a suite states outright; stage 2 the levels, whose rates are shares of
the capacities that stage 1 found; then up to EXTRA_STARTS fresh starts a cell replace trials that
were not valid, while the budget lasts. The same suite and stored trials always give the same plan,
so a run can be resumed, and no stored trial is planned again.

Repetitions are interleaved: each round measures every cell once, in an order drawn from the seed.
"""

import hashlib
import random
import statistics
from collections.abc import Collection, Iterable, Sequence

import msgspec

from contend.durations import S_NS, format_clock
from contend.errors import SuiteError
from contend.suites.load import CLOSED, Load
from contend.suites.suite import Grid, Suite

# Capacity: the median goodput of closed-loop trials at so many connections (design.md, rule 8).
CAPACITY_CONNECTIONS = 64
CAPACITY_STARTS = 3
EXTRA_STARTS = 2

STATED, LEVELS, EXTRA = 1, 2, 3  # the stages

Pair = tuple[str, str]  # workload and backend


class Cell(msgspec.Struct, frozen=True):
    """A scenario: workload, backend, arrival process and load level."""

    workload: str
    backend: str
    arrivals: str
    connections: int
    rate_per_s: float | None = None
    level: float | None = None  # of older runs: a share of capacity
    busy: float | None = None  # a utilisation; its rate is found in each block

    @property
    def load(self) -> Load:
        return Load(self.arrivals, self.connections, self.rate_per_s, self.busy, self.level)

    @property
    def key(self) -> str:
        return f"{self.workload}/{self.backend}/{self.load.word}"


class PlannedTrial(msgspec.Struct, frozen=True):
    key: str
    cell: Cell
    repetition: int  # from 1
    stage: int
    seed: int


class Finished(msgspec.Struct, frozen=True):
    """What the plan needs to know of a stored trial."""

    planned: PlannedTrial
    is_valid: bool  # False also when its server could not be started
    goodput_per_s: float | None


def plan(
    suite: Suite, left_out: Collection[Pair], finished: Sequence[Finished]
) -> list[PlannedTrial]:
    """The trials of the first stage that is not finished, in order; none when all is done.

    `left_out`: workload and backend pairs that can't be measured here.
    """
    starts = {cell: n for cell, n in cells(suite).items() if _pair(cell) not in left_out}
    done = {trial.planned.key for trial in finished}
    for stage in (_stated(suite, starts), _levels(suite, starts, finished)):
        if left := [trial for trial in stage if trial.key not in done]:
            return left
    extra = [trial for trial in _extra(suite, starts, finished) if trial.key not in done]
    spent = sum(starts.values()) + sum(trial.planned.stage == EXTRA for trial in finished)
    return extra[: max(0, suite.budget_ns // suite.trial_ns - spent)]


def cells(suite: Suite) -> dict[Cell, int]:
    """Every cell with its starts, and the capacity cells that its levels need."""
    starts: dict[Cell, int] = {}
    for grid in suite.grid:
        wanted = suite.starts if grid.starts is None else grid.starts
        for workload in grid.workloads:
            for backend in grid.backends:
                if grid.levels:
                    capacity = _capacity_cell(workload, backend)
                    starts[capacity] = max(starts.get(capacity, 0), CAPACITY_STARTS)
                for cell in _grid_cells(workload, backend, grid):
                    starts[cell] = max(starts.get(cell, 0), wanted)
    return starts


def total_trials(suite: Suite, left_out: Collection[Pair]) -> int:
    return sum(n for cell, n in cells(suite).items() if _pair(cell) not in left_out)


def check_budget(suite: Suite, name: str, left_out: Collection[Pair]) -> int:
    """The time that all trials take to measure. Raises SuiteError when it is over the budget."""
    trials = total_trials(suite, left_out)
    total_ns = trials * suite.trial_ns
    if total_ns > suite.budget_ns:
        raise SuiteError(
            name,
            f"{trials} trials of {format_clock(suite.trial_ns / S_NS)} measure for "
            f"{format_clock(total_ns / S_NS)}, more than the budget of {suite.budget}",
            "fewer cells or starts, shorter trials, or a larger budget",
        )
    return total_ns


def capacity(workload: str, backend: str, finished: Iterable[Finished]) -> float | None:
    """Median goodput of the closed-loop trials; None before there are enough."""
    cell = _capacity_cell(workload, backend)
    goodputs = [
        trial.goodput_per_s
        for trial in finished
        if trial.planned.cell == cell and trial.is_valid and trial.goodput_per_s
    ]
    return statistics.median(goodputs) if len(goodputs) >= CAPACITY_STARTS else None


def _stated(suite: Suite, starts: dict[Cell, int]) -> list[PlannedTrial]:
    stated = {cell: n for cell, n in starts.items() if cell.level is None}
    return _interleaved(suite, STATED, {cell: range(1, n + 1) for cell, n in stated.items()})


def _levels(
    suite: Suite, starts: dict[Cell, int], finished: Sequence[Finished]
) -> list[PlannedTrial]:
    known: dict[Cell, range] = {}
    for cell, n in starts.items():
        if cell.level is None:
            continue
        if (most := capacity(cell.workload, cell.backend, finished)) is not None:
            rate_per_s = cell.level * most
            known[msgspec.structs.replace(cell, rate_per_s=rate_per_s)] = range(1, n + 1)
    return _interleaved(suite, LEVELS, known)


def _extra(
    suite: Suite, starts: dict[Cell, int], finished: Sequence[Finished]
) -> list[PlannedTrial]:
    """A fresh start for each trial that was not valid, numbered after the cell's stated ones."""
    missing: dict[Cell, range] = {}
    for trial in finished:
        cell = trial.planned.cell
        n = starts.get(_as_stated(cell))
        if trial.is_valid or n is None:
            continue
        already = len(missing.get(cell, ()))
        missing[cell] = range(n + 1, n + 1 + min(already + 1, EXTRA_STARTS))
    return _interleaved(suite, EXTRA, missing)


def _interleaved(suite: Suite, stage: int, repetitions: dict[Cell, range]) -> list[PlannedTrial]:
    """Rounds of one trial a cell, each in an order of its own that the suite's seed draws."""
    trials: list[PlannedTrial] = []
    for turn in range(max(map(len, repetitions.values()), default=0)):
        in_turn = [cell for cell, numbers in repetitions.items() if turn < len(numbers)]
        random.Random(f"{suite.seed}/{stage}/{turn}").shuffle(in_turn)
        trials += [_trial(suite, stage, cell, repetitions[cell][turn]) for cell in in_turn]
    return trials


def _trial(suite: Suite, stage: int, cell: Cell, repetition: int) -> PlannedTrial:
    """The seed is the same for every backend: all get the same arrivals in a repetition."""
    drawn = f"{suite.seed}/{cell.workload}/{cell.load.word}/{repetition}"
    seed = int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:6])
    return PlannedTrial(f"{cell.key}/{repetition}", cell, repetition, stage, seed)


def _as_stated(cell: Cell) -> Cell:
    """The cell as the suite states it: a level's rate is found out later."""
    return cell if cell.level is None else msgspec.structs.replace(cell, rate_per_s=None)


def _capacity_cell(workload: str, backend: str) -> Cell:
    return Cell(workload, backend, CLOSED, CAPACITY_CONNECTIONS)


def _grid_cells(workload: str, backend: str, grid: Grid) -> list[Cell]:
    if grid.arrivals == CLOSED:
        return [Cell(workload, backend, CLOSED, grid.connections)]
    return [
        *(Cell(workload, backend, grid.arrivals, grid.connections, rate) for rate in grid.rates),
        *(
            Cell(workload, backend, grid.arrivals, grid.connections, None, level)
            for level in grid.levels
        ),
    ]


def _pair(cell: Cell) -> Pair:
    return cell.workload, cell.backend
