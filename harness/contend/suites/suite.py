"""Suites, workloads/suites/<name>.toml: which cells are measured, how often, in what time."""

import math
from pathlib import Path
from typing import Literal

import msgspec

from contend.durations import parse_duration_ns, some_time_ns
from contend.errors import SuiteError
from contend.files.toml_file import read_toml, unknown_name
from contend.suites.load import CLOSED


class Grid(msgspec.Struct, frozen=True):
    """Every backend on every workload, at one way to arrive."""

    backends: tuple[str, ...]
    workloads: tuple[str, ...]
    arrivals: Literal["closed", "constant", "poisson", "bursts"] = "closed"
    connections: int = 64
    levels: tuple[float, ...] = ()  # open loop: shares of the backend's own capacity
    rates: tuple[float, ...] = ()  # open loop: the same requests/s for every backend
    starts: int | None = None  # the suite's, if not given

    def __post_init__(self) -> None:
        if self.arrivals == CLOSED and (self.levels or self.rates):
            raise ValueError("closed arrivals have no levels or rates")
        if self.arrivals != CLOSED and not (self.levels or self.rates):
            raise ValueError(f"{self.arrivals} arrivals need levels or rates")
        if any(not (math.isfinite(rate) and rate > 0) for rate in (*self.levels, *self.rates)):
            raise ValueError("levels and rates must be above 0")
        if self.connections < 1 or (self.starts is not None and self.starts < 1):
            raise ValueError("connections and starts must be at least 1")


class Suite(msgspec.Struct, frozen=True):
    title: str
    budget: str
    seed: int
    grid: tuple[Grid, ...]
    starts: int = 5
    warmup: str = "1s"
    duration: str = "5s"
    pacing: Literal["sleep", "spin", "busy"] = "sleep"
    reference: str | None = None  # the backend that others are compared with

    def __post_init__(self) -> None:
        if not self.grid:
            raise ValueError("a suite needs at least one [[grid]]")
        if self.starts < 1:
            raise ValueError("starts must be at least 1")
        if not 0 <= self.seed < 2**53:
            raise ValueError("the seed must be a whole number from 0 to 2^53")
        some_time_ns(self.budget)
        some_time_ns(self.duration)
        parse_duration_ns(self.warmup)
        if self.reference is not None and self.reference not in self.backends:
            raise ValueError(f"reference '{self.reference}' is in no grid's backends")

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
    def trial_ns(self) -> int:
        """Warm-up and measuring of one trial: what counts against the budget."""
        return parse_duration_ns(self.warmup) + parse_duration_ns(self.duration)


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
    return read_toml(path, Suite)
