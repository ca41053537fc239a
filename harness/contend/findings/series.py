"""A stored run as other tools' files have it: each cell, with each of its trials or blocks. Pure.

Everything is in nanoseconds, and lower is faster: of the closed loop the time that a request takes
in all (one over goodput), of the open loop latencies at their quantiles, of what is asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contend.durations import S_NS
from contend.findings.cells import by_cell
from contend.findings.figures import GOODPUT, NS_PER_MS, NS_PER_US, SERVER_CPU, latency
from contend.findings.tables import table_cells
from contend.findings.units import LaneUnit, Unit
from contend.runs.record import Run
from contend.suites.cells import Cell
from contend.suites.load import CLOSED

PER_REQUEST = "per-request"
CPU = "cpu"
QUANTILES = ("p50", "p90", "p99", "p99.9")


@dataclass(frozen=True)
class Series:
    """A cell of a run, a measurement a trial or block."""

    workload: str
    backend: str
    load: str
    measurements: tuple["Measurement", ...]

    @property
    def name(self) -> str:
        return f"{self.workload}/{self.backend}/{self.load}"


@dataclass(frozen=True)
class Measurement:
    requests: int
    times_ns: Mapping[str, float]  # of those that are known
    server_cpu_ns: float | None  # a request


def series_of(run: Run) -> Iterator[Series]:
    """In the order of the tables; cells without anything valid have none."""
    found = by_cell(run)
    for cell in table_cells(run.header):
        for backend in run.header.suite.backends:
            measured = found.get((cell.workload, cell.load.word, backend))
            if measured is not None and measured.units:
                each = tuple(_measurement(cell, one) for one in measured.units)
                yield Series(cell.workload, backend, cell.load.word, each)


def _measurement(cell: Cell, unit: Unit) -> Measurement:
    cpu = unit.read(SERVER_CPU)
    cpu_ns = None if cpu is None else cpu.value * NS_PER_US
    return Measurement(_requests(unit), dict(_times(cell, unit)), cpu_ns)


def _requests(unit: Unit) -> int:
    if isinstance(unit, LaneUnit):
        return sum(one.completed for one in unit.bursts)
    assert unit.trial.document is not None
    return unit.trial.document.requests.ok


def _times(cell: Cell, unit: Unit) -> Iterator[tuple[str, float]]:
    if cell.arrivals == CLOSED:
        goodput = unit.read(GOODPUT)
        if goodput is not None and goodput.value:
            yield PER_REQUEST, S_NS / goodput.value
        return
    for name in QUANTILES:
        reading = unit.read(latency(name, name, name))
        if reading is not None:
            yield name, reading.value * NS_PER_MS
