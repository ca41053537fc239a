"""A stored run as other tools' files have it: each cell with each valid trial's figures. Pure.

Everything is in nanoseconds, and lower is faster: of the closed loop the time that a request takes
in all (one over goodput), of the open loop latencies at their quantiles.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contend.durations import S_NS
from contend.findings.tables import table_cells, valid_trials
from contend.runs.record import Run, TrialRecord
from contend.suites.load import CLOSED
from contend.suites.plan import Cell
from contend.trials.document import LoadDocument

PER_REQUEST, SERVER_CPU = "per-request", "cpu"
QUANTILES = ("p50", "p90", "p99", "p99.9")


@dataclass(frozen=True)
class Series:
    """A cell of a run, a measurement a trial."""

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
    times_ns: Mapping[str, float]  # of those that the trial has
    server_cpu_ns: float | None  # a request


def series_of(run: Run) -> Iterator[Series]:
    """In the order of the tables; cells without a valid trial have none."""
    trials: dict[tuple[str, str, str], list[TrialRecord]] = {}
    for one in valid_trials(run.trials):
        cell = one.planned.cell
        trials.setdefault((cell.workload, cell.load.word, cell.backend), []).append(one)
    for cell in table_cells(run.header):
        for backend in run.header.suite.backends:
            if found := trials.get((cell.workload, cell.load.word, backend)):
                measured = tuple(_measurement(cell, one) for one in found)
                yield Series(cell.workload, backend, cell.load.word, measured)


def _measurement(cell: Cell, trial: TrialRecord) -> Measurement:
    document = trial.document
    assert document is not None
    cpu = document.server.cpu_ns_per_request if document.server else None
    return Measurement(document.requests.ok, dict(_times(cell, document)), cpu)


def _times(cell: Cell, document: LoadDocument) -> Iterator[tuple[str, float]]:
    if cell.arrivals == CLOSED:
        if document.goodput_per_s:
            yield PER_REQUEST, S_NS / document.goodput_per_s
        return
    for name in QUANTILES:
        value_ns = getattr(document.latency, f"{name.replace('.', '_')}_ns")
        share_beyond = 1 - float(name[1:]) / 100
        if value_ns is not None and document.latency.count * share_beyond >= 1:
            yield name, float(value_ns)
