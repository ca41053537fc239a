"""Who is ahead, by how much, and how sure: a line for each of a run's tables, and the sum. Pure."""

from collections import Counter
from collections.abc import Sequence

from contend.findings.ahead import Lead, bests, broke_down, judged, languages, lead, tried
from contend.findings.table import Table, Tables
from contend.reports import wording
from contend.reports.cells import Cell, Grid
from contend.reports.numbers import ABSENT, number, ratio_digits
from contend.stats.compare import TIE

UNDECIDED = "undecided"
NONE_KEPT_UP = "none kept up"
_NOBODY = (TIE, UNDECIDED, NONE_KEPT_UP)
_SEVERAL = 2


def grid(tables: Tables) -> Grid:
    """Each table by its one judged figure; the best of a language is its best idiomatic server."""
    every = _languages(tables)
    titles = ["workload", "load", "judged by", "ahead", "by"]
    titles += [f"{language}'s best" for language in every]
    titles.append("decided")
    rows = []
    for table in tables.tables:
        if not any(head.is_compared for head in table.heads):
            continue
        head = judged(table)
        found = lead(table, table.reference)
        cells = [Cell(table.title), Cell(table.setting), Cell(head.column if head else ABSENT)]
        cells += [ahead(table, found), by(found)]
        cells += [_best(table, language) for language in every]
        cells.append(Cell(f"{table.decided} of {table.compared}" if table.compared else ABSENT))
        rows.append(cells)
    return Grid(titles, rows, left=4)


def ahead(table: Table, found: Lead | None) -> Cell:
    if found is None:
        return _no_lead(table)
    if found.verdict == TIE:
        return Cell(f"{found.first.backend}, {found.second.backend}", TIE)
    if not found.is_decided:
        return Cell(f"{UNDECIDED}: {found.first.backend}, {found.second.backend}", is_dim=True)
    return Cell(f"over {found.second.backend}", found.first.backend)


def by(found: Lead | None) -> Cell:
    """How many times as fast, with its interval; undecided, the interval alone."""
    if found is None:
        return Cell(ABSENT, is_dim=True)
    digits = ratio_digits(found.low, found.high, found.factor)
    interval = wording.interval_of(found.low, found.high, digits)
    if not found.is_decided or found.verdict == TIE:
        return Cell(f"{interval}×", is_dim=not found.is_decided)  # noqa: RUF001
    mark = "" if found.is_full else wording.FEW
    bound = "≥ " if found.high is None else "≤ " if found.low is None else ""
    return Cell(f"{bound}{number(found.factor, digits)}×{mark} ({interval})")  # noqa: RUF001


def tally(tables: Tables) -> str | None:
    """The answer in a sentence; None where the run compares no two servers."""
    found = [outcome for table in tables.tables if (outcome := _outcome(table))]
    if not found:
        return None
    counts = Counter(found)
    words = [f"{who} ahead in {n}" for who, n in sorted(counts.items()) if who not in _NOBODY]
    words += [f"{outcome} in {counts[outcome]}" for outcome in _NOBODY if counts[outcome]]
    is_between = len(_languages(tables)) > 1
    whom = (
        "best server against best server"
        if is_between
        else f"{_or(tables.references)} against the best other"
    )
    return f"{len(found)} load{'s' * (len(found) > 1)}, {whom}: {', '.join(words)}."


def sureness(tables: Tables) -> str:
    """How much of what was compared came to a verdict."""
    decided = sum(table.decided for table in tables.tables)
    compared = sum(table.compared for table in tables.tables)
    if not compared:
        return ""
    return (
        f"Of all {compared} comparisons with {_or(tables.references)} below, {decided} are decided."
    )


def how_to_read(tables: Tables) -> str:
    said = (
        "ahead: the best idiomatic server of a language against the best of another, by the judged "
        "figure; models, baselines and tuned servers are never ahead. by: how many times as fast "
        "it is; the interval is adjusted over all pairs between the languages in that table, for "
        "the two were picked out of them, and so isn't the one that a table adjusts over its own "
        f"comparisons. {UNDECIDED}: the interval alone, in which both have their place."
    )
    if not tables.references:
        return said
    return f"{said} decided: of that table's comparisons with {_or(tables.references)}."


def _or(names: Sequence[str]) -> str:
    return " or ".join(names)


def _no_lead(table: Table) -> Cell:
    """Where all servers of the other languages broke down, the one that kept up is ahead."""
    outcome = _without_lead(table)
    if outcome is None:
        missing = [one for one in languages(table) if one not in bests(table)]
        is_one = len(languages(table)) < _SEVERAL or not missing
        return Cell(ABSENT if is_one else f"no figures: {', '.join(missing)}", is_dim=True)
    if outcome == NONE_KEPT_UP:
        return Cell(NONE_KEPT_UP, is_dim=True)
    return Cell(f"alone kept up: {outcome}", bests(table)[outcome].backend)


def _without_lead(table: Table) -> str | None:
    every, kept_up = languages(table), bests(table)
    others = [one for one in every if one not in kept_up]
    if len(every) < _SEVERAL or len(kept_up) > 1:
        return None
    if not all(broke_down(table, one) for one in others):
        return None
    return next(iter(kept_up), NONE_KEPT_UP)


def _best(table: Table, language: str) -> Cell:
    row, head = bests(table).get(language), judged(table)
    if row is not None and head is not None:
        value = wording.figure(row.figures.get(head.name), row.n)
        # They may be better, for all that is known.
        unknown = sum(one.language == language and not one.n for one in tried(table))
        return Cell(f"{row.backend} {value}{f'; {unknown} without figures' if unknown else ''}")
    if language not in languages(table):
        return Cell(ABSENT, is_dim=True)
    return Cell(NONE_KEPT_UP if broke_down(table, language) else "no figures", is_dim=True)


def _languages(tables: Tables) -> list[str]:
    return sorted({language for table in tables.tables for language in languages(table)})


def _outcome(table: Table) -> str | None:
    """Who is ahead, by language where there are several; or why nobody is."""
    found = lead(table, table.reference)
    if found is None:
        return _without_lead(table)
    if found.verdict == TIE:
        return TIE
    if not found.is_decided:
        return UNDECIDED
    is_between = found.first.language != found.second.language
    return found.first.language if is_between else found.first.backend
