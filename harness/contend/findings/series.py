"""A stored run as other tools' files have it: each cell, with each of its trials or blocks. Pure.

Everything is in nanoseconds, and lower is faster: of the closed loop the time that a request takes
in all (one over goodput), of the open loop latencies at their quantiles. They are the figures of
the tables, read as those are: what is pushed is apart from what is asked for, and a lower bound is
known to be one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contend.durations import S_NS
from contend.findings.cells import by_cell, is_asked
from contend.findings.figures import (
    CLOSED_LOOP,
    CPU_WITH_PUSHES,
    GOODPUT,
    NS_PER_MS,
    NS_PER_US,
    SERVER_CPU,
    Figure,
    latency,
)
from contend.findings.layout import backends_of, class_shares, figures_for, table_cells, why_void
from contend.findings.units import LaneUnit, Unit
from contend.runs.record import Run
from contend.suites.cells import Cell
from contend.suites.load import CLOSED

PER_REQUEST = "per-request"
CPU, CPU_PER_ANY = "cpu", "cpu-with-pushes"  # a request; a request or push
QUANTILES = ("p50", "p90", "p99", "p99.9")


@dataclass(frozen=True)
class Series:
    """A cell of a run, a measurement a trial or block."""

    workload: str
    backend: str
    load: str
    measurements: tuple["Measurement", ...]
    cpu: str = CPU  # what the server's CPU is called

    @property
    def name(self) -> str:
        return f"{self.workload}/{self.backend}/{self.load}"

    @property
    def lower_bounds(self) -> frozenset[str]:
        """The times of which one at least is a lower bound, so that their mean is."""
        return frozenset[str]().union(*(one.lower_bounds for one in self.measurements))


@dataclass(frozen=True)
class Measurement:
    requests: int
    times_ns: Mapping[str, float]  # of those that are known
    server_cpu_ns: float | None
    lower_bounds: frozenset[str] = frozenset()  # the times that are, for requests were given up


def series_of(run: Run) -> Iterator[Series]:
    """In the order of the tables; cells whose rows are without figures have none."""
    found = by_cell(run)
    for cell in table_cells(run.header):
        names = backends_of(run.header, cell.workload)
        keys = [(cell.workload, cell.load.word, name) for name in names]
        of_cell = {key: found[key] for key in keys if key in found and is_asked(run, key)}
        figures = figures_for(run.header, cell, list(of_cell.values()))
        shares = class_shares(run.header, cell, list(of_cell.values()))
        cpu = CPU_PER_ANY if CPU_WITH_PUSHES in figures else CPU
        latencies = _latencies(figures)
        for (workload, load, backend), measured in of_cell.items():
            if why_void(measured, shares) is None:
                each = tuple(_measurement(cell, one, latencies) for one in measured.units)
                yield Series(workload, backend, load, each, cpu)


def _latencies(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Those of a table, no times of the closed loop among them; more quantiles where all requests
    are in one figure."""
    of_table = [
        one for one in figures if one.quantile is not None and not one.name.startswith(CLOSED_LOOP)
    ]
    if all(one.class_name for one in of_table):
        return tuple(of_table)
    every = (latency(name, name, name) for name in QUANTILES)
    return (*every, *(one for one in of_table if one.class_name))


def _measurement(cell: Cell, unit: Unit, latencies: Sequence[Figure]) -> Measurement:
    cpu = unit.read(SERVER_CPU)
    cpu_ns = None if cpu is None else cpu.value * NS_PER_US
    times_ns = {}
    goodput = unit.read(GOODPUT)
    if cell.arrivals == CLOSED and goodput is not None and goodput.value:
        times_ns[PER_REQUEST] = S_NS / goodput.value
    readings = {_name(one): found for one in latencies if (found := unit.read(one)) is not None}
    times_ns |= {name: one.value * NS_PER_MS for name, one in readings.items()}
    bounds = frozenset(name for name, one in readings.items() if one.is_lower_bound)
    return Measurement(_requests(unit), times_ns, cpu_ns, bounds)


def _name(figure: Figure) -> str:
    """Without blanks, at which some formats end it."""
    class_name = "-".join(figure.class_name.split())
    return f"{figure.quantile}-of-{class_name}" if class_name else f"{figure.quantile}"


def _requests(unit: Unit) -> int:
    if isinstance(unit, LaneUnit):
        return sum(one.completed for one in unit.bursts)
    assert unit.trial.document is not None
    document = unit.trial.document
    return sum(one.requests.ok for one in document.asked) or document.requests.ok
