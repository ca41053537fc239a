"""Suites, workloads/suites/<name>.toml: which cells are measured, how often, in what time."""

import math
from pathlib import Path
from typing import Final, Literal

import msgspec

from contend.durations import S_NS, parse_duration_ns, some_time_ns
from contend.errors import SuiteError
from contend.files.toml_file import read_toml, unknown_name
from contend.suites.load import CLOSED

BLOCKS: Final = "blocks"
TRIALS: Final = "trials"
# A lane's turn, without its lead; at a rate it has less in a time.
BURST_NS, OPEN_BURST_NS = 250_000_000, 500_000_000


class Grid(msgspec.Struct, frozen=True):
    """Every backend on every workload, at one way to arrive."""

    backends: tuple[str, ...]
    workloads: tuple[str, ...]
    arrivals: Literal["closed", "constant", "poisson", "bursts"] = "closed"
    connections: int = 64
    levels: tuple[float, ...] = ()  # of runs that were stored before blocks: shares of capacity
    rates: tuple[float, ...] = ()  # open loop: the same requests/s for every backend
    starts: int | None = None  # the suite's, if not given; of trials
    busy: tuple[float, ...] = ()  # open loop: utilisations, for which each lane has its own rate
    measure: Literal["blocks", "trials"] | None = None  # None: blocks, where the workload fits them
    duration: str | None = None  # the suite's, if not given; of trials
    # Up to so many connections are searched for the most at which a server keeps up; the rate grows
    # with them.
    most_connections: int | None = None

    def __post_init__(self) -> None:
        at = (*self.levels, *self.rates, *self.busy)
        if self.arrivals == CLOSED and at:
            raise ValueError("closed arrivals have no rates and no busy")
        if self.arrivals != CLOSED and not at:
            raise ValueError(f"{self.arrivals} arrivals need rates or busy")
        if any(not (math.isfinite(rate) and rate > 0) for rate in at):
            raise ValueError("rates and busy must be above 0")
        if any(share >= 1 for share in self.busy):
            raise ValueError("busy are shares of the server's cores, below 1")
        if self.busy and self.measure == TRIALS:
            raise ValueError(
                "busy needs blocks: a utilisation is of what they show a request to cost"
            )
        if self.most_connections is not None and (
            self.measure != TRIALS
            or len(self.rates) != 1
            or self.most_connections <= self.connections
        ):
            raise ValueError(
                'most_connections needs measure = "trials", one rate, and fewer connections to '
                "begin with"
            )
        if self.duration is not None:
            some_time_ns(self.duration)
        if self.connections < 1 or (self.starts is not None and self.starts < 1):
            raise ValueError("connections and starts must be at least 1")


class Suite(msgspec.Struct, frozen=True):
    title: str
    budget: str
    seed: int
    grid: tuple[Grid, ...]
    starts: int = 5
    rounds: int = 3  # of a block: each has a burst of every lane and load
    warmup: str = "1s"  # of a trial
    duration: str = "5s"
    pacing: Literal["auto", "sleep", "spin", "busy"] = "auto"
    reference: str | None = None  # the backend that others are compared with

    def __post_init__(self) -> None:
        if not self.grid:
            raise ValueError("a suite needs at least one [[grid]]")
        if self.starts < 1 or self.rounds < 1:
            raise ValueError("starts and rounds must be at least 1")
        if not 0 <= self.seed < 2**53:
            raise ValueError("the seed must be a whole number from 0 to 2^53")
        some_time_ns(self.budget)
        some_time_ns(self.duration)
        parse_duration_ns(self.warmup)
        if self.reference is not None and self.reference not in self.backends:
            raise ValueError(f"reference '{self.reference}' is in no grid's backends")

    def measured_ns(self, is_open: bool) -> int:
        """Of a lane under a load in one block."""
        return self.rounds * (OPEN_BURST_NS if is_open else BURST_NS)

    @property
    def backends(self) -> tuple[str, ...]:
        """In the order in which the grids name them."""
        return tuple(dict.fromkeys(name for grid in self.grid for name in grid.backends))

    @property
    def workloads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for grid in self.grid for name in grid.workloads))

    @property
    def budget_ns(self) -> int:
        return parse_duration_ns(self.budget)

    @property
    def budget_s(self) -> float:
        return self.budget_ns / S_NS


def suite_names(workloads: Path) -> list[str]:
    return sorted(path.stem for path in workloads.glob("suites/*.toml"))


def find_suite(workloads: Path, name_or_file: str) -> Path:
    """A suite's file by its name, or the file itself."""
    if name_or_file in suite_names(workloads):
        return workloads / "suites" / f"{name_or_file}.toml"
    path = Path(name_or_file)
    if path.suffix == ".toml" or path.is_file():
        if not path.is_file():
            raise SuiteError(name_or_file, "no such file", ", ".join(suite_names(workloads)))
        return path
    raise unknown_name(workloads / "suites", "suite", name_or_file, suite_names(workloads))


def read_suite(path: Path) -> Suite:
    suite = read_toml(path, Suite)
    if any(grid.levels for grid in suite.grid):
        why = "grid.levels: what a server reaches at most is no measure of how busy it is"
        raise SuiteError(str(path), why, "busy, such as busy = [0.5]")
    return suite
