"""Two stored runs, cell by cell: every figure of speed as the ratio of the second to the first.

Pure. Runs of differing machines are not compared in absolute terms: there a cell is first divided
by the null server's figure of its own run, under the same workload and load. The trials of two runs
were not interleaved, so what changed on the machine between them is in the ratio too.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from contend.errors import UsageError
from contend.findings.cells import Key, Measured, by_cell
from contend.findings.figures import Figure
from contend.findings.layout import backends_of, figures_for, setting, table_cells
from contend.findings.table import Head
from contend.findings.tables import NO_MEASURE
from contend.findings.units import Unit, sample
from contend.runs.record import NULL, Header, Run
from contend.stats.compare import Comparison, Question, Sample, compare
from contend.stats.estimate import Estimate, estimate
from contend.suites.cells import Cell

SCHEMA = "contend.comparison/1"

Cells = Mapping[Key, Measured]


class Pair(msgspec.Struct, frozen=True):
    """A figure in both runs, and the ratio of the second to the first."""

    first: Estimate | None
    second: Estimate | None
    comparison: Comparison


class ComparedRow(msgspec.Struct, frozen=True):
    backend: str
    figures: dict[str, Pair] = {}
    why_empty: str | None = None


class ComparedTable(msgspec.Struct, frozen=True):
    """One workload under one load, in both runs."""

    workload: str
    title: str
    setting: str
    heads: tuple[Head, ...]
    rows: tuple[ComparedRow, ...]


class RunComparison(msgspec.Struct, frozen=True):
    schema: str
    first: str
    second: str
    incomplete: tuple[str, ...]  # the runs that are
    through_null: bool  # figures are ratios to the same run's null server
    machine: tuple[str, ...]  # differences, each in words
    conditions: tuple[str, ...]
    tables: tuple[ComparedTable, ...]
    only_first: tuple[str, ...]  # cells that the other run doesn't have
    only_second: tuple[str, ...]

    @property
    def is_conclusive(self) -> bool:
        rows = [row for table in self.tables for row in table.rows]
        return not self.incomplete and any(row.figures for row in rows)


def compare_runs(first: Run, second: Run) -> RunComparison:
    """Raises UsageError when nothing in the runs may be compared."""
    if first.id == second.id:
        raise UsageError(first.id, "both are this same run", "two runs")
    before, after = by_cell(first), by_cell(second)
    shared = before.keys() & after.keys()
    one, other = (run.header.environment.machine.compared for run in (first, second))
    machine = tuple(differences(one, other))
    through_null = bool(machine)
    if not shared:
        raise UsageError(
            f"{first.id} and {second.id}", "they have no cell in common", "two runs of one suite"
        )
    tables = tuple(
        _table(first, second, cell, before, after, through_null)
        for cell in table_cells(first.header)
        if any(key[:2] == (cell.workload, cell.load.word) for key in shared)
    )
    if through_null:
        tables = tuple(table for table in tables if any(row.figures for row in table.rows))
        if not tables:
            raise UsageError(
                f"{first.id} and {second.id}",
                f"their machines differ ({'; '.join(machine)}) and the null server was not "
                "measured beside any shared cell of both, so there is nothing to relate them by",
                "runs of one machine, or a suite with the backend null",
            )
    return RunComparison(
        schema=SCHEMA,
        first=first.id,
        second=second.id,
        incomplete=tuple(run.id for run in (first, second) if not run.complete),
        through_null=through_null,
        machine=machine,
        conditions=tuple(_conditions(first.header, second.header)),
        tables=tables,
        only_first=tuple("/".join(key) for key in before if key not in after),
        only_second=tuple("/".join(key) for key in after if key not in before),
    )


def differences(first: msgspec.Struct, second: msgspec.Struct, name: str = "") -> Iterator[str]:
    """Each field that differs, as `name: before, now after`."""
    for field in first.__struct_fields__:
        before, after = getattr(first, field), getattr(second, field)
        label = f"{name}{field}".replace("_", " ")
        if isinstance(before, dict) and isinstance(after, dict):
            for key in sorted(before.keys() | after.keys()):
                if before.get(key) != after.get(key):
                    yield f"{key}: {_said(before.get(key))}, now {_said(after.get(key))}"
        elif before != after:
            yield f"{label}: {_said(before)}, now {_said(after)}"


def _said(value: object) -> str:
    return "none" if value is None else str(value)


def _table(
    first: Run, second: Run, cell: Cell, before: Cells, after: Cells, through_null: bool
) -> ComparedTable:
    place = (cell.workload, cell.load.word)
    note, now = (run.header.workloads.get(cell.workload) for run in (first, second))
    changed = note is not None and now is not None and note.sha256 != now.sha256
    names = backends_of(first.header, cell.workload)
    both = {
        name: (before[*place, name], after[*place, name])
        for name in names
        if (*place, name) in before
        and (*place, name) in after
        and not (through_null and name == NULL)
    }
    null = tuple(side.get((*place, NULL), NO_MEASURE).units for side in (before, after))
    every = [measured for pair in both.values() for measured in pair]
    figures = [
        one for one in figures_for(first.header, cell, every) if one.higher_is_faster is not None
    ]
    asked: list[tuple[str, str, Estimate | None, Estimate | None]] = []
    questions: list[Question] = []
    for name, (old, new) in both.items():
        for figure in figures if old.units and new.units and not changed else ():
            question = _question(figure, old.units, new.units, null if through_null else None)
            if question is not None:
                asked.append((name, figure.name, *_sides(question)))
                questions.append(question)
    rows: dict[str, dict[str, Pair]] = {name: {} for name in both}
    for (name, figure_name, was, is_now), answer in zip(asked, compare(questions), strict=True):
        rows[name][figure_name] = Pair(was, is_now, answer)
    why = "not compared: its contract has changed" if changed else "nothing valid in both runs"
    return ComparedTable(
        workload=cell.workload,
        title=note.title if note else cell.workload,
        setting=setting(cell),
        heads=tuple(Head(one.name, one.head, one.unit, True) for one in figures),
        rows=tuple(
            ComparedRow(name, found, None if found else why) for name, found in rows.items()
        ),
    )


def _question(
    figure: Figure,
    old: Sequence[Unit],
    new: Sequence[Unit],
    null: tuple[Sequence[Unit], ...] | None,
) -> Question | None:
    """None where a side doesn't have the figure."""
    assert figure.higher_is_faster is not None
    over, under = [sample(figure, new)], [sample(figure, old)]
    if null is not None:
        null_old, null_new = (sample(figure, units) for units in null)
        over.append(null_old)
        under.append(null_new)
    samples: list[Sample] = [*over, *under]
    if not all(sample.values for sample in samples):
        return None
    return Question(tuple(over), tuple(under), figure.higher_is_faster)


def _sides(question: Question) -> tuple[Estimate | None, Estimate | None]:
    """What stands for each run: its figure, or that figure's ratio to its null server's."""
    if len(question.over) == 1:
        return _estimate(question.under[0]), _estimate(question.over[0])
    new, null_old = question.over
    old, null_new = question.under
    return _ratio(old, null_old), _ratio(new, null_new)


def _estimate(sample: Sample) -> Estimate | None:
    return estimate(sample.values, sample.is_lower_bound)


def _ratio(over: Sample, under: Sample) -> Estimate | None:
    """The ratio alone: the comparison has the interval."""
    figure, null = _estimate(over), _estimate(under)
    if figure is None or null is None or not null.value:
        return None
    return Estimate(figure.value / null.value, None, None, min(figure.n, null.n))


def _conditions(first: Header, second: Header) -> Iterator[str]:
    """What else was not the same: it bars nothing, and may be the reason."""
    yield from differences(first.environment.software, second.environment.software)
    for name in ("warmup", "duration", "pacing", "starts"):
        before, after = getattr(first.suite, name), getattr(second.suite, name)
        if before != after:
            yield f"{name}: {before}, now {after}"
    for name in ("server_cores", "generator_cores"):
        before, after = getattr(first, name), getattr(second, name)
        if before != after:
            yield f"{name.replace('_', ' ')}: {list(before)}, now {list(after)}"
    for name, note in first.backends.items():
        now = second.backends.get(name)
        if now is None:
            continue
        if note.runtime != now.runtime:
            yield f"{name} runs on: {note.runtime}, now {now.runtime}"
        if note.sha256 != now.sha256:
            yield f"{name}: its files have changed"
    for name, contract in first.workloads.items():
        other = second.workloads.get(name)
        if other is not None and contract.sha256 != other.sha256:
            yield f"workload {name}: its contract has changed"
