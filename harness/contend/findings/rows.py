"""A backend's row of a table: its figures, or why it has none. Pure."""

import statistics
from collections.abc import Sequence

from contend.durations import S_NS
from contend.findings.cells import Measured
from contend.findings.figures import Figure
from contend.findings.table import Errors, Row
from contend.findings.units import LaneUnit, Unit, sample
from contend.runs.record import Run, TrialRecord
from contend.stats.compare import Comparison
from contend.stats.estimate import Estimate, estimate, median_estimate
from contend.suites.cells import Cell
from contend.suites.load import CLOSED
from contend.trials.document import OVERLOADED_SHARE, LoadDocument, Requests

# What a capacity is stated by, in runs that were stored before blocks.
_CAPACITY_CONNECTIONS, _CAPACITY_STARTS = 64, 3


def row_of(
    run: Run,
    cell: Cell,
    backend: str,
    measured: Measured,
    void: str | None,
    figures: Sequence[Figure],
    comparisons: dict[str, Comparison],
) -> Row:
    header = run.header
    note = header.backends.get(backend)
    title, style, runtime = (note.title, note.style, note.runtime) if note else (backend, "", "")
    language = note.language if note else ""
    if void is not None:
        return Row(
            backend=backend,
            title=title,
            style=style,
            runtime=runtime,
            n=0,
            left_out=measured.tries - measured.failed,
            why_empty=void or _why_empty(run, cell, backend, measured),
            notes=measured.notes,
            language=language,
            failed=measured.failed,
            left_aside=header.why_not_run(cell.workload, backend) is not None,
        )
    units = measured.units
    estimates = {}
    for one in figures:
        of_it = sample(one, units)
        if 2 * len(of_it.values) < len(units):
            continue  # it was withheld of the others
        if (estimated := estimate(of_it.values, of_it.is_lower_bound)) is not None:
            estimates[one.name] = estimated
    return Row(
        backend=backend,
        title=title,
        style=style,
        runtime=runtime,
        n=len(units),
        left_out=measured.left_out,
        notes=measured.notes,
        figures=estimates,
        comparisons=comparisons,
        errors=_errors(measured),
        asked_per_s=_asked(cell, units),
        overloaded=cell.arrivals != CLOSED and _is_overloaded(units),
        capacity=_capacity(run, cell, backend) if cell.level is not None else None,
        body_bytes=_body_bytes(measured),
        language=language,
        failed=measured.failed,
        explained=note.notes.get(cell.workload, "") if note else "",
    )


def _errors(measured: Measured) -> Errors:
    failed = sum(measured.errors.values())
    share = failed / measured.scheduled if measured.scheduled else 0.0
    return Errors(share, measured.scheduled, dict(measured.errors))


def _asked(cell: Cell, units: Sequence[Unit]) -> float | None:
    rates = []
    for one in units:
        if isinstance(one, LaneUnit):
            lane = one.block.lane(one.lane)
            rates.append(lane.rates_per_s.get(one.load) if lane else None)
        else:
            rates.append(one.trial.planned.cell.rate_per_s)
    return statistics.median(one for one in rates if one is not None) if all(rates) else None


def _is_overloaded(units: Sequence[Unit]) -> bool:
    """By what arrivals really asked for: a Poisson count scatters around its rate."""
    asked = achieved = 0.0
    for unit in units:
        if isinstance(unit, LaneUnit):
            asked += sum(one.scheduled for one in unit.bursts)
            achieved += sum(one.completed for one in unit.bursts)
        elif (document := unit.trial.document) is not None:
            asked += sum(one.scheduled for one in _asked_for(document))
            achieved += _achieved(document)
    return achieved < OVERLOADED_SHARE * asked


def _asked_for(document: LoadDocument) -> list[Requests]:
    """Without what the server pushes of itself."""
    return [one.requests for one in document.asked] or [document.requests]


def _achieved(document: LoadDocument) -> float:
    if document.asked:
        return sum(one.requests.ok for one in document.asked)
    return (document.goodput_per_s or 0.0) * document.duration_ns / S_NS


def _capacity(run: Run, cell: Cell, backend: str) -> Estimate | None:
    wanted = Cell(cell.workload, backend, CLOSED, _CAPACITY_CONNECTIONS)
    valid = [one for one in run.trials if one.planned.cell == wanted and one.is_valid]
    goodputs = [one.document.goodput_per_s for one in valid if one.document is not None]
    known = [one for one in goodputs if one]
    return median_estimate(known) if len(known) >= _CAPACITY_STARTS else None


def _body_bytes(measured: Measured) -> dict[str, tuple[int, ...]]:
    seen: dict[str, set[int]] = {}
    for unit in measured.units:
        for name, length in _bodies(unit).items():
            seen.setdefault(name, set()).add(length)
    return {name: tuple(sorted(lengths)) for name, lengths in seen.items()}


def _bodies(unit: Unit) -> dict[str, int]:
    if isinstance(unit, LaneUnit):
        lane = unit.block.lane(unit.lane)
        return lane.body_bytes if lane else {}
    trial: TrialRecord = unit.trial
    return trial.served_by.body_bytes if trial.served_by else {}


def _why_empty(run: Run, cell: Cell, backend: str, measured: Measured) -> str:
    if (why := run.header.why_not_run(cell.workload, backend)) is not None:
        return f"not run: {why}"
    if measured.left_out and measured.tries:
        return f"none of {measured.tries} could be measured"
    if measured.failed:
        first = measured.notes[0].partition(": ")[2]
        return f"failed {measured.failed} of {measured.tries}: {first}"
    if not run.complete:
        return "not measured yet: the run is incomplete"
    if cell.level is not None and _capacity(run, cell, backend) is None:
        return f"not run: its capacity isn't known, for want of {_CAPACITY_STARTS} valid trials"
    return "not run: nothing is stored of it"
