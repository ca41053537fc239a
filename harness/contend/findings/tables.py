"""Turns a stored run into the tables that reports show. Pure.

What isn't valid never becomes part of a row: it is counted, with its reasons. A cell that the suite
states and that has no figures keeps its row, which says why; so does one of which less than half
could be measured, instead of showing the survivors.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from contend.durations import format_ns
from contend.findings.across import across_tables
from contend.findings.ahead import judged
from contend.findings.cells import Key, Measured, by_cell, is_asked, is_in_blocks
from contend.findings.figures import Figure
from contend.findings.layout import (
    backends_of,
    class_shares,
    figures_for,
    heads_of,
    kind_of,
    kinds,
    setting,
    table_cells,
    why_void,
)
from contend.findings.pairs import language_pairs
from contend.findings.questions import question_of
from contend.findings.rows import row_of
from contend.findings.table import BLOCKS, SCHEMA, TRIALS, Pair, Table, Tables
from contend.findings.units import Unit
from contend.runs.record import NULL, Run
from contend.stats.compare import UNRESOLVED, Comparison, Paired, Question, compare
from contend.stats.estimate import CONFIDENCE, Estimate
from contend.suites.cells import Cell
from contend.suites.load import CLOSED
from contend.suites.plan import FIRST_LOOK

NO_MEASURE = Measured()
# The two looks at blocks, which have the risk between them.
_AT_FIRST = 1 - FIRST_LOOK * (1 - CONFIDENCE)
_AT_LAST = 1 - (1 - FIRST_LOOK) * (1 - CONFIDENCE)


def build_tables(run: Run, reference: str | None = None) -> Tables:
    """Compared with the suite's reference, or another of its backends."""
    header = run.header
    reference = reference or header.suite.reference
    found = by_cell(run)
    confidence = _confidences(run, found, reference)
    tables = tuple(
        _table(run, cell, kind, found, reference, confidence[cell.workload, cell.load.word])
        for cell in table_cells(header)
        for kind in kinds(header, cell.workload)
    )
    null, null_setting = _ceiling(tables)
    return Tables(
        schema=SCHEMA,
        run=run.id,
        suite=header.suite_name,
        suite_title=header.suite.title,
        started=header.started,
        seed=header.seed,
        starts=header.suite.starts,
        warmup=header.suite.warmup,
        duration=header.suite.duration,
        block_time=format_ns(header.suite.measured_ns(is_open=False)),
        open_block_time=format_ns(header.suite.measured_ns(is_open=True)),
        pacing=header.suite.pacing,
        environment=header.environment,
        server_cores=header.server_cores,
        generator_cores=header.generator_cores,
        reference=reference,
        trials=len(run.trials),
        blocks=len(run.blocks),
        complete=run.complete,
        torn=run.torn,
        null_goodput=null,
        null_setting=null_setting,
        tables=tables,
        across=across_tables(run),
    )


def undecided(run: Run) -> dict[str, int]:
    """By workload, how many comparisons of its blocks the first look leaves undecided."""
    return _undecided(run, by_cell(run), run.header.suite.reference)


def _undecided(run: Run, found: Mapping[Key, Measured], reference: str | None) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for cell in table_cells(run.header):
        if is_in_blocks(run, cell.workload, cell.load.word):
            for kind in kinds(run.header, cell.workload):
                figures, kept = _comparable(run, cell, _measured(run, cell, kind, found))
                against = _reference(reference, kept)
                answers = _comparisons(against, figures, kept, _AT_FIRST).values()
                every = [one for of_row in answers for one in of_row.values()]
                counts[cell.workload] += sum(
                    one.why is None and one.verdict == UNRESOLVED for one in every
                )
    return dict(counts)


def _reference(reference: str | None, units: Mapping[str, Sequence[Unit]]) -> str | None:
    """Of a table: the suite's where it is of that kind, else the first of the others that was
    measured."""
    if reference is None or reference in units:
        return reference
    return next((name for name, of_it in units.items() if of_it and name != NULL), None)


def _measured(
    run: Run, cell: Cell, kind: str, found: Mapping[Key, Measured]
) -> dict[str, Measured]:
    """By the backends of the cell's table."""
    place, header = (cell.workload, cell.load.word), run.header
    first = kinds(header, cell.workload)[0]
    names = [
        name
        for name in backends_of(header, cell.workload)
        if is_asked(run, (*place, name)) and (kind_of(header, cell.workload, name) or first) == kind
    ]
    return {name: found.get((*place, name), NO_MEASURE) for name in names}


def _comparable(
    run: Run, cell: Cell, measured: Mapping[str, Measured]
) -> tuple[tuple[Figure, ...], dict[str, tuple[Unit, ...]]]:
    """The figures of a cell's table, and the units of its rows that aren't void."""
    every = list(measured.values())
    shares = class_shares(run.header, cell, every)
    kept = {name: one.units for name, one in measured.items() if why_void(one, shares) is None}
    return figures_for(run.header, cell, every), kept


def _confidences(
    run: Run, found: Mapping[Key, Measured], reference: str | None
) -> dict[tuple[str, str], float]:
    """Of each table, by workload and load: at which look its blocks were looked at.

    A workload whose blocks decided everything at the first look has no other, and its intervals are
    of that one; all others are looked at once more, with the blocks that the budget had for them.
    """
    left = _undecided(run, found, reference)
    places = [(cell.workload, cell.load.word) for cell in table_cells(run.header)]
    return {
        (workload, load): CONFIDENCE
        if not is_in_blocks(run, workload, load)
        else _AT_LAST
        if left[workload] or _has_more(run, workload)
        else _AT_FIRST
        for workload, load in places
    }


def _has_more(run: Run, workload: str) -> bool:
    """Blocks beside those that the suite states."""
    blocks = run.stored.blocks
    kept = Counter(one.apart for one in blocks if one.workload == workload and one.is_kept)
    return max(kept.values(), default=0) > run.header.suite.starts


def _table(
    run: Run,
    cell: Cell,
    kind: str,
    found: Mapping[Key, Measured],
    suites: str | None,
    confidence: float,
) -> Table:
    header = run.header
    place = (cell.workload, cell.load.word)
    measured = _measured(run, cell, kind, found)
    figures, kept = _comparable(run, cell, measured)
    shares = class_shares(header, cell, list(measured.values()))
    void = {name: why_void(one, shares) for name, one in measured.items()}
    in_blocks = is_in_blocks(run, *place)
    reference = _reference(suites, kept)
    comparisons = _comparisons(reference, figures, kept, confidence)
    note = header.workloads.get(cell.workload)
    rows = tuple(
        row_of(run, cell, name, measured[name], void[name], figures, comparisons.get(name, {}))
        for name in measured
    )
    title = f"{note.title} {note.store_version}".strip() if note else cell.workload
    table = Table(
        workload=cell.workload,
        title=f"{title}, {kind}" if kind else title,
        requests=note.requests if note else (),
        load=cell.load.word,
        setting=setting(cell),
        is_open=cell.arrivals != CLOSED,
        connections=cell.connections,
        rate_per_s=cell.rate_per_s,
        level=cell.level,
        busy=cell.busy,
        heads=heads_of(figures),
        rows=rows,
        compared=sum(
            one.why is None for answers in comparisons.values() for one in answers.values()
        ),
        unit=BLOCKS if in_blocks else TRIALS,
        kind=kind,
        reference=reference,
    )
    base = kept.get(reference, ()) if reference is not None else ()
    return replace(table, pairs=_language_pairs(table, figures, kept, base, confidence))


def _language_pairs(
    table: Table,
    figures: Sequence[Figure],
    units: Mapping[str, Sequence[Unit]],
    reference: Sequence[Unit],
    confidence: float,
) -> tuple[Pair, ...]:
    head = judged(table)
    figure = next((one for one in figures if head is not None and one.name == head.name), None)
    if figure is None:
        return ()
    return language_pairs(
        table,
        lambda one, other: question_of(figure, units[one], units[other], reference),
        confidence,
    )


def _comparisons(
    reference: str | None,
    figures: Sequence[Figure],
    units: Mapping[str, Sequence[Unit]],
    confidence: float,
) -> dict[str, dict[str, Comparison]]:
    """Every backend with the reference, by every figure of speed: the table's family."""
    base = units.get(reference, ()) if reference is not None else ()
    asked: list[tuple[str, str]] = []
    questions: list[Question | Paired] = []
    for backend, of_it in units.items():
        if backend in (reference, NULL) or not base or not of_it:
            continue
        for figure in figures:
            if (question := question_of(figure, of_it, base)) is not None:
                asked.append((backend, figure.name))
                questions.append(question)
    answers = compare(questions, confidence)
    found: dict[str, dict[str, Comparison]] = {}
    for (backend, name), answer in zip(asked, answers, strict=True):
        found.setdefault(backend, {})[name] = answer
    return found


def _ceiling(tables: Sequence[Table]) -> tuple[Estimate | None, str | None]:
    """The null server's goodput in the closed loop."""
    for table in tables:
        for row in table.rows:
            if row.backend == NULL and not table.is_open and row.n:
                return row.figures.get("goodput"), f"{table.title}, {table.setting}"
    return None, None
