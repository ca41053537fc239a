"""Turns a stored run into the tables that reports show. Pure.

What isn't valid never becomes part of a row: it is counted, with its reasons. A cell that the suite
states and that has no figures keeps its row, which says why; so does one of which less than half
could be measured, instead of showing the survivors.
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from contend.durations import S_NS, format_ns
from contend.findings.across import across_tables
from contend.findings.ahead import judged
from contend.findings.cells import Key, Measured, by_cell, is_asked, is_in_blocks
from contend.findings.figures import UPSTREAM, Figure, figures_of
from contend.findings.pairs import language_pairs
from contend.findings.table import BLOCKS, SCHEMA, TRIALS, Errors, Head, Pair, Row, Table, Tables
from contend.findings.units import LaneUnit, Unit, log_ratio, sample
from contend.runs.record import NULL, Header, Run, TrialRecord
from contend.stats.compare import UNRESOLVED, Comparison, Paired, Question, compare
from contend.stats.estimate import CONFIDENCE, Estimate, estimate, median_estimate
from contend.suites.cells import Cell, stated_cells
from contend.suites.load import CLOSED
from contend.suites.plan import FIRST_LOOK
from contend.trials.document import OVERLOADED_SHARE, LoadDocument, Requests

# A row is void when the right responses of one of its classes leave its weight by more than this
# share, or are fewer.
CLASS_APART, LEAST_OF_CLASS = 0.1, 30
# What a capacity is stated by, in runs that were stored before blocks.
_CAPACITY_CONNECTIONS, _CAPACITY_STARTS = 64, 3
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


def kinds(header: Header, workload: str) -> list[str]:
    """Of a workload's backends, each with a table of its own: that of the reference first, where
    those stand too of which it isn't known."""
    reference = header.suite.reference
    order = sorted(backends_of(header, workload), key=lambda name: name != reference)
    every = dict.fromkeys(_kind(header, workload, name) for name in order)
    return [one for one in every if one] or [""]


def _kind(header: Header, workload: str, backend: str) -> str:
    note, of_it = header.workloads.get(workload), header.backends.get(backend)
    return of_it.kinds.get(note.kind_key, "") if note is not None and of_it is not None else ""


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
        if is_asked(run, (*place, name)) and (_kind(header, cell.workload, name) or first) == kind
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


def table_cells(header: Header) -> list[Cell]:
    """A cell for each table: by workload in the suite's order, the closed loop first."""
    found: dict[tuple[str, str], Cell] = {}
    for cell in stated_cells(header.suite):
        found.setdefault((cell.workload, cell.load.word), cell)
    order = header.suite.workloads
    return sorted(
        found.values(), key=lambda cell: (order.index(cell.workload), cell.arrivals != CLOSED)
    )


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


def class_shares(header: Header, cell: Cell, measured: Sequence[Measured]) -> dict[str, float]:
    """Of each class, 0 of what is pushed; as its trials say, else as the workload does."""
    for one in measured:
        for trial in one.trials:
            if trial.document is not None and trial.document.classes:
                return {of_it.name: of_it.share for of_it in trial.document.classes}
    note = header.workloads.get(cell.workload)
    return dict(note.shares) if note else {}


def backends_of(header: Header, workload: str) -> list[str]:
    """Of a workload's tables, in the suite's order; the ceiling comes last."""
    suite = header.suite
    asked = {name for grid in suite.grid if workload in grid.workloads for name in grid.backends}
    return sorted((name for name in suite.backends if name in asked), key=lambda name: name == NULL)


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
        _row(run, cell, name, measured[name], void[name], figures, comparisons.get(name, {}))
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
    return replace(table, pairs=_language_pairs(table, figures, kept, confidence))


def _language_pairs(
    table: Table,
    figures: Sequence[Figure],
    units: Mapping[str, Sequence[Unit]],
    confidence: float,
) -> tuple[Pair, ...]:
    head = judged(table)
    figure = next((one for one in figures if head is not None and one.name == head.name), None)
    if figure is None:
        return ()
    return language_pairs(
        table,
        lambda one, other: question_of(figure, units[one], units[other]),
        confidence,
    )


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


def _row(
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
            left_aside=_not_run(header, cell.workload, backend) is not None,
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


def question_of(
    figure: Figure, over: Sequence[Unit], under: Sequence[Unit]
) -> Question | Paired | None:
    """By blocks that both stand in, else by the trials of each. None where a side doesn't have the
    figure, or it isn't one of speed."""
    if figure.higher_is_faster is None:
        return None
    top, bottom = sample(figure, over), sample(figure, under)
    if not top.values or not bottom.values:
        return None
    lanes = [[one for one in side if isinstance(one, LaneUnit)] for side in (over, under)]
    if not lanes[0] or not lanes[1]:
        return Question((top,), (bottom,), figure.higher_is_faster)
    # A group that stands apart has blocks, and numbers, of its own.
    blocks = {(one.block.apart, one.block.number): one for one in lanes[1]}
    both = [
        (one, beside)
        for one in lanes[0]
        if (beside := blocks.get((one.block.apart, one.block.number))) is not None
    ]
    told = (log_ratio(figure, one, beside) for one, beside in both)
    logs = tuple(log for log in told if log is not None)
    bounds = top.is_lower_bound, bottom.is_lower_bound
    return Paired(logs, figure.higher_is_faster, len(both), *bounds)


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
    if (why := _not_run(run.header, cell.workload, backend)) is not None:
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
