"""The cells that a suite asks for, and how they are measured: in blocks, by groups of lanes, or in
trials of their own. Pure."""

from collections.abc import Collection
from functools import lru_cache

import msgspec

from contend.durations import parse_duration_ns
from contend.suites.load import CLOSED, Load
from contend.suites.suite import BLOCKS, Grid, Suite

Pair = tuple[str, str]  # workload and backend


class Cell(msgspec.Struct, frozen=True):
    """Workload, backend and load."""

    workload: str
    backend: str
    arrivals: str
    connections: int
    rate_per_s: float | None = None
    level: float | None = None  # of runs that were stored before blocks: a share of capacity
    busy: float | None = None  # a utilisation; its rate is found in each block

    @property
    def load(self) -> Load:
        return Load(self.arrivals, self.connections, self.rate_per_s, self.busy, self.level)

    @property
    def key(self) -> str:
        return f"{self.workload}/{self.backend}/{self.load.word}"


def cell_at(workload: str, backend: str, load: Load) -> Cell:
    return Cell(
        workload, backend, load.arrivals, load.connections, load.rate_per_s, load.level, load.busy
    )


class Group(msgspec.Struct, frozen=True):
    """Lanes that stand in one block: all of a workload, or one that can't rest beside others, with
    the reference alone."""

    workload: str
    lanes: tuple[str, ...]
    apart: str = ""  # the lane that burns CPU while others are loaded

    @property
    def key(self) -> str:
        return f"{self.workload}/{self.apart}" if self.apart else self.workload


@lru_cache(maxsize=8)
def stated_cells(suite: Suite) -> tuple[Cell, ...]:
    """Every cell that the suite asks for, in the order of its grids."""
    found: dict[Cell, None] = {}
    for grid in suite.grid:
        for workload in grid.workloads:
            for backend in grid.backends:
                found |= dict.fromkeys(_grid_cells(workload, backend, grid))
    return tuple(found)


def trial_cells(suite: Suite) -> dict[Cell, int]:
    """Those that are measured in trials, with their starts."""
    starts: dict[Cell, int] = {}
    for grid in suite.grid:
        if grid.measure == BLOCKS:
            continue
        wanted = suite.starts if grid.starts is None else grid.starts
        for workload in grid.workloads:
            for backend in grid.backends:
                for cell in _grid_cells(workload, backend, grid):
                    starts[cell] = max(starts.get(cell, 0), wanted)
    return starts


@lru_cache(maxsize=8)
def block_cells(suite: Suite) -> tuple[Cell, ...]:
    found: dict[Cell, None] = {}
    for grid in suite.grid:
        if grid.measure == BLOCKS:
            for workload in grid.workloads:
                for backend in grid.backends:
                    found |= dict.fromkeys(_grid_cells(workload, backend, grid))
    return tuple(found)


def duration_ns(suite: Suite, cell: Cell) -> int:
    """What is measured of a cell in a trial."""
    durations = (
        grid.duration
        for grid in suite.grid
        if grid.duration is not None
        and cell in _grid_cells(cell.workload, cell.backend, grid)
        and cell.workload in grid.workloads
        and cell.backend in grid.backends
    )
    return parse_duration_ns(next(durations, suite.duration))


def groups(suite: Suite, left_out: Collection[Pair], apart: Collection[Pair] = ()) -> list[Group]:
    """A group a workload; and one, with the reference, for each lane that has to stand apart."""
    found = []
    cells = block_cells(suite)
    for workload in suite.workloads:
        lanes = dict.fromkeys(
            cell.backend
            for cell in cells
            if cell.workload == workload and pair_of(cell) not in left_out
        )
        together = tuple(one for one in lanes if (workload, one) not in apart)
        if together:
            found.append(Group(workload, together))
        for lane in lanes:
            if (workload, lane) in apart and lane != suite.reference:
                beside = (suite.reference,) if suite.reference in lanes else ()
                found.append(Group(workload, (*beside, lane), lane))
    return found


def turns(suite: Suite, workload: str) -> list[tuple[Load, int]]:
    """Each load of a workload's blocks, with its rounds."""
    loads = {cell.load: None for cell in block_cells(suite) if cell.workload == workload}
    return [(load, suite.rounds) for load in loads]


def loads_of(suite: Suite, workload: str, backend: str) -> tuple[str, ...]:
    """The words of a lane's loads."""
    return tuple(
        cell.load.word
        for cell in block_cells(suite)
        if (cell.workload, cell.backend) == (workload, backend)
    )


def _grid_cells(workload: str, backend: str, grid: Grid) -> list[Cell]:
    if grid.arrivals == CLOSED:
        return [Cell(workload, backend, CLOSED, grid.connections)]
    at = (workload, backend, grid.arrivals, grid.connections)
    return [
        *(Cell(*at, rate) for rate in grid.rates),
        *(Cell(*at, level=level) for level in grid.levels),
        *(Cell(*at, busy=busy) for busy in grid.busy),
    ]


def searched_cell(grid: Grid, workload: str, backend: str, connections: int) -> Cell:
    """Of a search for the most connections: the rate grows with them."""
    rate = grid.rates[0] * connections / grid.connections
    return Cell(workload, backend, grid.arrivals, connections, float(f"{rate:.6g}"))


def pair_of(cell: Cell) -> Pair:
    return cell.workload, cell.backend
