"""Turns a stored run into the tables that reports show. Pure.

A trial that isn't valid never becomes part of a row: it is counted, with its reasons. A cell that
the suite states and that has no figures keeps its row, which says why.
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from contend.durations import S_NS
from contend.findings.across import across_tables
from contend.findings.ahead import judged
from contend.findings.figures import UPSTREAM, Figure, figures_of
from contend.findings.pairs import language_pairs
from contend.findings.table import SCHEMA, Errors, Head, Row, Table, Tables
from contend.runs.record import NULL, Header, Run, TrialRecord
from contend.stats.compare import Comparison, Question, Sample, compare
from contend.stats.estimate import Estimate, estimate, median_estimate
from contend.suites.load import CLOSED
from contend.suites.plan import CAPACITY_CONNECTIONS, CAPACITY_STARTS, Cell, cells
from contend.trials.document import OVERLOADED_SHARE, LoadDocument, Requests

Key = tuple[str, str, str]  # workload, load, backend


def build_tables(run: Run) -> Tables:
    header = run.header
    trials: dict[Key, list[TrialRecord]] = {}
    for trial in run.trials:
        cell = trial.planned.cell
        trials.setdefault((cell.workload, cell.load.word, cell.backend), []).append(trial)
    tables = tuple(_table(run, cell, trials) for cell in table_cells(header))
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
        pacing=header.suite.pacing,
        environment=header.environment,
        server_cores=header.server_cores,
        generator_cores=header.generator_cores,
        reference=header.suite.reference,
        trials=len(run.trials),
        complete=run.complete,
        torn=run.torn,
        null_goodput=null,
        null_setting=null_setting,
        tables=tables,
        across=across_tables(run),
    )


def table_cells(header: Header) -> list[Cell]:
    """A cell for each table: by workload in the suite's order, the closed loop first."""
    found: dict[tuple[str, str], Cell] = {}
    for cell in cells(header.suite):
        found.setdefault((cell.workload, cell.load.word), cell)
    order = header.suite.workloads
    return sorted(
        found.values(), key=lambda cell: (order.index(cell.workload), cell.arrivals != CLOSED)
    )


def figures_for(header: Header, cell: Cell, trials: Sequence[TrialRecord]) -> tuple[Figure, ...]:
    """The figures of a cell's table; a mix has those of its cheap class too, the most frequent one:
    its requests wait behind the others."""
    note = header.workloads.get(cell.workload)
    asked = note.store if note and note.store else UPSTREAM
    documents = (one.document for one in trials if one.document is not None)
    classes = next((one.classes for one in documents if one.classes), ())
    cheap = max(classes, key=lambda one: one.share).name if classes else None
    pushed = next((one.name for one in classes if not one.share), None)
    return figures_of(cell.arrivals != CLOSED, cheap, pushed, asked)


def valid_trials(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    return [one for one in trials if one.is_valid]


def stated_trials(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The valid ones, where they are the greater part of what was tried: a server of which half
    couldn't be measured, or half failed, is not what the survivors show."""
    valid = valid_trials(trials)
    return valid if 2 * len(valid) > len(trials) else []


def backends_of(header: Header, workload: str) -> list[str]:
    """Of a workload's tables, in the suite's order; the ceiling comes last."""
    suite = header.suite
    asked = {name for grid in suite.grid if workload in grid.workloads for name in grid.backends}
    return sorted((name for name in suite.backends if name in asked), key=lambda name: name == NULL)


def setting(cell: Cell) -> str:
    """How a table was loaded, for its title."""
    if cell.arrivals == CLOSED:
        return f"closed, c = {cell.connections}"
    rate = f"{cell.level:.0%} of capacity" if cell.level is not None else f"{cell.rate_per_s:,g}/s"
    kind = {"constant": "", "bursts": " in bursts"}.get(cell.arrivals, f" {cell.arrivals.title()}")
    return f"open, {rate}{kind}, c = {cell.connections}"


def _table(run: Run, cell: Cell, trials: Mapping[Key, list[TrialRecord]]) -> Table:
    header = run.header
    names = backends_of(header, cell.workload)
    of_backend = {name: trials.get((cell.workload, cell.load.word, name), []) for name in names}
    every = [trial for some in of_backend.values() for trial in some]
    figures = figures_for(header, cell, valid_trials(every))
    comparisons = _comparisons(header.suite.reference, figures, of_backend)
    note = header.workloads.get(cell.workload)
    rows = tuple(
        _row(run, cell, name, of_backend[name], figures, comparisons.get(name, {}))
        for name in names
        if _is_asked(header, cell, name)
    )
    table = Table(
        workload=cell.workload,
        title=f"{note.title} {note.store_version}".strip() if note else cell.workload,
        requests=note.requests if note else (),
        load=cell.load.word,
        setting=setting(cell),
        is_open=cell.arrivals != CLOSED,
        connections=cell.connections,
        rate_per_s=cell.rate_per_s,
        level=cell.level,
        heads=tuple(
            Head(
                one.name,
                one.head,
                one.unit,
                one.higher_is_faster is not None,
                bool(one.higher_is_faster),
            )
            for one in figures
        ),
        rows=rows,
        compared=sum(
            one.why is None for answers in comparisons.values() for one in answers.values()
        ),
    )
    return replace(table, pairs=language_pairs(table, _judged_samples(table, figures, of_backend)))


def _judged_samples(
    table: Table, figures: Sequence[Figure], of_backend: Mapping[str, list[TrialRecord]]
) -> dict[str, Sample]:
    head = judged(table)
    figure = next((one for one in figures if head is not None and one.name == head.name), None)
    if figure is None:
        return {}
    return {name: figure.sample(stated_trials(trials)) for name, trials in of_backend.items()}


def _is_asked(header: Header, cell: Cell, backend: str) -> bool:
    return any(
        (one.workload, one.backend, one.load.word) == (cell.workload, backend, cell.load.word)
        for one in cells(header.suite)
    )


def _row(
    run: Run,
    cell: Cell,
    backend: str,
    trials: Sequence[TrialRecord],
    figures: Sequence[Figure],
    comparisons: dict[str, Comparison],
) -> Row:
    header = run.header
    note = header.backends.get(backend)
    title, style, runtime = (note.title, note.style, note.runtime) if note else (backend, "", "")
    valid = stated_trials(trials)
    left_out = sum(one.document is not None for one in trials) - len(valid)
    failed = sum(one.document is None for one in trials)
    language = note.language if note else ""
    if not valid:
        return Row(
            backend=backend,
            title=title,
            style=style,
            runtime=runtime,
            n=0,
            left_out=left_out,
            why_empty=_why_empty(run, cell, backend, trials),
            notes=_reasons(trials),
            language=language,
            failed=failed,
            left_aside=_not_run(header, cell.workload, backend) is not None,
        )
    documents = [one.document for one in valid if one.document is not None]
    estimates = {
        one.name: found
        for one in figures
        if (found := estimate(*_arguments(one, valid))) is not None
    }
    return Row(
        backend=backend,
        title=title,
        style=style,
        runtime=runtime,
        n=len(valid),
        left_out=left_out,
        notes=_reasons(trials),
        figures=estimates,
        comparisons=comparisons,
        errors=_errors(documents),
        asked_per_s=_asked(valid),
        overloaded=cell.arrivals != CLOSED and _is_overloaded(documents),
        capacity=_capacity(run, cell, backend) if cell.level is not None else None,
        body_bytes=_body_bytes(valid),
        language=language,
        failed=failed,
    )


def _arguments(figure: Figure, trials: Sequence[TrialRecord]) -> tuple[Sequence[float], bool]:
    sample = figure.sample(trials)
    return sample.values, sample.is_lower_bound


def _comparisons(
    reference: str | None, figures: Sequence[Figure], of_backend: Mapping[str, list[TrialRecord]]
) -> dict[str, dict[str, Comparison]]:
    """Every backend with the reference, by every figure of speed: the table's family."""
    base = stated_trials(of_backend.get(reference, [])) if reference is not None else []
    if not base:
        return {}
    asked: list[tuple[str, str]] = []
    questions: list[Question] = []
    for backend, trials in of_backend.items():
        if backend in (reference, NULL) or not (valid := stated_trials(trials)):
            continue
        for figure in figures:
            over, under = figure.sample(valid), figure.sample(base)
            if figure.higher_is_faster is not None and over.values and under.values:
                asked.append((backend, figure.name))
                questions.append(Question((over,), (under,), figure.higher_is_faster))
    found: dict[str, dict[str, Comparison]] = {}
    for (backend, name), comparison in zip(asked, compare(questions), strict=True):
        found.setdefault(backend, {})[name] = comparison
    return found


def _errors(documents: Sequence[LoadDocument]) -> Errors:
    scheduled = sum(one.requests.scheduled for one in documents)
    causes: Counter[str] = Counter()
    for one in documents:
        requests = one.requests
        causes.update(timeout=requests.timeout, shed=requests.shed, unfinished=requests.unfinished)
        causes.update(requests.failed)
    counted = {cause: count for cause, count in causes.items() if count}
    share = sum(counted.values()) / scheduled if scheduled else 0.0
    return Errors(share, scheduled, counted)


def _asked(trials: Sequence[TrialRecord]) -> float | None:
    rates = [one.planned.cell.rate_per_s for one in trials]
    return statistics.median(one for one in rates if one is not None) if all(rates) else None


def _is_overloaded(documents: Sequence[LoadDocument]) -> bool:
    """By what arrivals really asked for: a Poisson count scatters around its rate."""
    asked = sum(one.scheduled for document in documents for one in _asked_for(document))
    achieved = sum(_achieved(one) for one in documents)
    return achieved < OVERLOADED_SHARE * asked


def _asked_for(document: LoadDocument) -> list[Requests]:
    """Without what the server pushes of itself."""
    return [one.requests for one in document.asked] or [document.requests]


def _achieved(document: LoadDocument) -> float:
    if document.asked:
        return sum(one.requests.ok for one in document.asked)
    return (document.goodput_per_s or 0.0) * document.duration_ns / S_NS


def _capacity(run: Run, cell: Cell, backend: str) -> Estimate | None:
    wanted = Cell(cell.workload, backend, CLOSED, CAPACITY_CONNECTIONS)
    valid = valid_trials([one for one in run.trials if one.planned.cell == wanted])
    goodputs = [one.document.goodput_per_s for one in valid if one.document is not None]
    known = [one for one in goodputs if one]
    return median_estimate(known) if len(known) >= CAPACITY_STARTS else None


def _body_bytes(trials: Sequence[TrialRecord]) -> dict[str, tuple[int, ...]]:
    seen: dict[str, set[int]] = {}
    for one in trials:
        for name, length in (one.served_by.body_bytes if one.served_by else {}).items():
            seen.setdefault(name, set()).add(length)
    return {name: tuple(sorted(lengths)) for name, lengths in seen.items()}


def _reasons(trials: Sequence[TrialRecord]) -> tuple[str, ...]:
    """Each trial that is no part of the row, and why."""
    said = []
    for one in trials:
        label = f"trial {one.planned.repetition}"
        if one.document is None:
            said.append(f"{label} not run: {one.not_run}")
        elif not one.is_valid:
            validity = one.document.validity
            said.append(f"{label} {validity.verdict}: {'; '.join(validity.reasons)}")
    return tuple(said)


def _why_empty(run: Run, cell: Cell, backend: str, trials: Sequence[TrialRecord]) -> str:
    if (why := _not_run(run.header, cell.workload, backend)) is not None:
        return f"not run: {why}"
    if any(one.document is not None for one in trials):
        verdicts = Counter(
            one.document.validity.verdict for one in trials if one.document and not one.is_valid
        )
        counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
        survivors = len(valid_trials(trials))
        if not survivors:
            return f"no valid trial: {counted}"
        return f"only {survivors} of {len(trials)} trials valid: {counted}"
    if trials:
        return f"not run: {trials[0].not_run}"
    if not run.complete:
        return "not measured yet: the run is incomplete"
    if cell.level is not None and _capacity(run, cell, backend) is None:
        return f"not run: its capacity isn't known, for want of {CAPACITY_STARTS} valid trials"
    return "not run: no trial is stored"


def _not_run(header: Header, workload: str, backend: str) -> str | None:
    """Why it was left aside before anything was measured."""
    pair = (workload, backend)
    return next((one.why for one in header.not_run if (one.workload, one.backend) == pair), None)


def _ceiling(tables: Sequence[Table]) -> tuple[Estimate | None, str | None]:
    """The null server's goodput in the closed loop."""
    for table in tables:
        for row in table.rows:
            if row.backend == NULL and not table.is_open and row.n:
                return row.figures.get("goodput"), f"{table.title}, {table.setting}"
    return None, None
