"""Figures of stored cells, with where they stand; and which suite would measure one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contend.advice.document import Cited
from contend.findings.archive import Archive, Missing
from contend.findings.layout import figure_named
from contend.findings.units import Unit, sample
from contend.stats.estimate import Estimate, estimate
from contend.suites.cells import cell_at, stated_cells
from contend.suites.load import Load
from contend.suites.suite import Suite


@dataclass(frozen=True)
class Known:
    value: Estimate
    units: Sequence[Unit]
    cited: Cited


def known(
    archive: Archive, workload: str, load: Load, backend: str, figure: str
) -> Known | Missing:
    """The newest run's figure of a backend in a cell."""
    found = archive.find(workload, load, [backend], 1)
    if isinstance(found, Missing):
        return found
    measured = found.cells[workload, load.word, backend]
    cell = cell_at(workload, backend, load)
    if (why := found.why_void(cell, measured)) is not None:
        return Missing(why, found)
    one = figure_named(found.run.header, cell, [measured], figure)
    if one is None:
        return Missing(f"it was measured without {figure}", found)
    of_it = sample(one, measured.units)
    value = estimate(of_it.values, of_it.is_lower_bound)
    if value is None:
        return Missing(f"{figure} was withheld", found)
    cited = Cited(found.run.id, workload, load.word, figure)
    return Known(value, measured.units, cited)


def stored_loads(archive: Archive, workload: str, backend: str) -> list[Load]:
    """Under which the backend was measured, in any run, those of the newest first."""
    found: dict[str, Load] = {}
    for stored in archive.kept:
        for cell in stated_cells(stored.run.header.suite):
            key = cell.workload, cell.load.word, cell.backend
            if (cell.workload, cell.backend) == (workload, backend) and key in stored.cells:
                found.setdefault(cell.load.word, cell.load)
    return list(found.values())


def suite_for(suites: Mapping[str, Suite], workload: str, load: Load | None, backend: str) -> str:
    """The command that measures it: the suite with the least budget that has it; "" where none
    has."""
    having = [
        (suite.budget_ns, name)
        for name, suite in suites.items()
        for cell in stated_cells(suite)
        if (cell.workload, cell.backend) == (workload, backend)
        and (load is None or cell.load.word == load.word)
    ]
    return f"contend suite {min(having)[1]}" if having else ""
