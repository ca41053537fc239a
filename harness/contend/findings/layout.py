"""Which tables a run has, and what stands in each: its backends and figures. Pure."""

from collections.abc import Mapping, Sequence

from contend.findings.cells import Measured
from contend.findings.figures import UPSTREAM, Figure, figures_of
from contend.findings.table import Head
from contend.runs.record import NULL, Header
from contend.suites.cells import Cell, stated_cells
from contend.suites.load import CLOSED

# A row is void when the right responses of one of its classes leave its weight by more than this
# share, or are fewer.
CLASS_APART, LEAST_OF_CLASS = 0.1, 30


def table_cells(header: Header) -> list[Cell]:
    """A cell for each table: by workload in the suite's order, the closed loop first."""
    found: dict[tuple[str, str], Cell] = {}
    for cell in stated_cells(header.suite):
        found.setdefault((cell.workload, cell.load.word), cell)
    order = header.suite.workloads
    return sorted(
        found.values(), key=lambda cell: (order.index(cell.workload), cell.arrivals != CLOSED)
    )


def backends_of(header: Header, workload: str) -> list[str]:
    """Of a workload's tables, in the suite's order; the ceiling comes last."""
    suite = header.suite
    asked = {name for grid in suite.grid if workload in grid.workloads for name in grid.backends}
    return sorted((name for name in suite.backends if name in asked), key=lambda name: name == NULL)


def kinds(header: Header, workload: str) -> list[str]:
    """Of a workload's backends, each with a table of its own: that of the reference first, where
    those stand too of which it isn't known."""
    reference = header.suite.reference
    order = sorted(backends_of(header, workload), key=lambda name: name != reference)
    every = dict.fromkeys(kind_of(header, workload, name) for name in order)
    return [one for one in every if one] or [""]


def kind_of(header: Header, workload: str, backend: str) -> str:
    note, of_it = header.workloads.get(workload), header.backends.get(backend)
    return of_it.kinds.get(note.kind_key, "") if note is not None and of_it is not None else ""


def figures_for(header: Header, cell: Cell, measured: Sequence[Measured]) -> tuple[Figure, ...]:
    """The figures of a cell's table; a mix has those of its cheap class too, the most frequent one:
    its requests wait behind the others."""
    note = header.workloads.get(cell.workload)
    asked = note.store if note and note.store else UPSTREAM
    shares = class_shares(header, cell, measured)
    cheap = max(shares, key=shares.__getitem__) if len(shares) > 1 else None
    pushed = next((name for name, share in shares.items() if not share), None)
    is_calibrated = note is not None and note.is_calibrated
    return figures_of(cell.arrivals != CLOSED, cheap, pushed, asked, is_calibrated)


def figure_named(
    header: Header, cell: Cell, measured: Sequence[Measured], name: str
) -> Figure | None:
    """Of a cell's table, where it has one of that name."""
    return next((one for one in figures_for(header, cell, measured) if one.name == name), None)


def class_shares(header: Header, cell: Cell, measured: Sequence[Measured]) -> dict[str, float]:
    """Of each class, 0 of what is pushed; as its trials say, else as the workload does."""
    for one in measured:
        for trial in one.trials:
            if trial.document is not None and trial.document.classes:
                return {of_it.name: of_it.share for of_it in trial.document.classes}
    note = header.workloads.get(cell.workload)
    return dict(note.shares) if note else {}


def why_void(measured: Measured, shares: Mapping[str, float]) -> str | None:
    """Why what was measured must not stand for the cell; None when it may."""
    if not measured.units:
        return ""
    if 2 * len(measured.units) <= measured.tries:
        return f"only {len(measured.units)} of {measured.tries} could be measured"
    asked = {name: share for name, share in shares.items() if share}
    right = sum(measured.class_counts.get(name, 0) for name in asked)
    for name, share in asked.items() if len(asked) > 1 and measured.class_counts else ():
        count = measured.class_counts.get(name, 0)
        if count < LEAST_OF_CLASS:
            return f"only {count} of {name} were completed, of {LEAST_OF_CLASS} that a row needs"
        if abs(count - share * right) > CLASS_APART * share * right:
            return f"{name} is {count / right:.1%} of what was completed, and {share:.1%} was asked"
    return None


def setting(cell: Cell) -> str:
    """How a table was loaded, for its title."""
    if cell.arrivals == CLOSED:
        return f"closed, c = {cell.connections}"
    if cell.busy is not None:
        rate = f"{cell.busy:.0%} busy"
    elif cell.level is not None:
        rate = f"{cell.level:.0%} of capacity"
    else:
        rate = f"{cell.rate_per_s:,g}/s"
    kind = {"constant": "", "bursts": " in bursts"}.get(cell.arrivals, f" {cell.arrivals.title()}")
    return f"open, {rate}{kind}, c = {cell.connections}"


def heads_of(figures: Sequence[Figure]) -> tuple[Head, ...]:
    return tuple(
        Head(
            one.name,
            one.head,
            one.unit,
            one.higher_is_faster is not None,
            bool(one.higher_is_faster),
        )
        for one in figures
    )
