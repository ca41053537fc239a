"""A table's columns and cells, before they are Markdown or lines of a terminal. Pure.

What is judged comes first: each row's ratio to the reference, with its verdict. Figures follow.
"""

from dataclasses import dataclass

from contend.findings.ahead import judged, ranked
from contend.findings.figures import CONNECT, PEAK_RSS, SERVER_CPU
from contend.findings.table import Head, Row, Table
from contend.reports import wording
from contend.stats.compare import UNRESOLVED

GOODPUT = "goodput"
REFERENCE = "reference"


@dataclass(frozen=True)
class Cell:
    """Some text, with a word before it that stands out; what is dim is not to be relied on."""

    text: str
    word: str = ""
    is_dim: bool = False
    exact: str = ""  # the figure with more digits than it deserves, for who asks for them

    @property
    def plain(self) -> str:
        return f"{self.word} {self.text}".strip()


@dataclass(frozen=True)
class Grid:
    """Columns, of which the first `left` are flush left, and rows."""

    titles: list[str]
    rows: list[list[Cell]]
    left: int = 2


def grid(table: Table, is_short: bool = False) -> Grid:
    """A table, best row first. `is_short`: without times of the closed loop and memory, and with
    the judged comparison alone. What levels are shares of is the goodput of the closed loop, whose
    table stands before theirs."""
    compared = _first_compared(table)[: 1 if is_short else None]
    figures = _figures(table, is_short)
    shows_asked = table.level is not None or table.busy is not None
    shows_body = table.body_bytes_differ and not is_short
    titles = ["backend", "language"]
    titles += [f"{head.title}, × {table.reference}" for head in compared]  # noqa: RUF001
    titles += ["asked, /s"] if shows_asked else []
    titles += [head.column for head in figures]
    titles += ["errors", "n"]
    titles += ["body, bytes"] if shows_body else []
    rows = []
    for row in ranked(table):
        cells = [Cell(wording.name(row)), Cell(row.language)]
        cells += [comparison(table, row, head) for head in compared]
        cells += [Cell(wording.asked(row))] if shows_asked else []
        cells += [_figure(row, head) for head in figures]
        cells += [Cell(wording.errors(row.errors)), Cell(wording.trials(row))]
        cells += [Cell(wording.body_bytes(row))] if shows_body else []
        rows.append(_with_state(cells, row, len(titles)))
    return Grid(titles, rows)


def other_comparisons(table: Table) -> Grid | None:
    """Those that have no column beside the figures."""
    shown = _first_compared(table)
    heads = [head for head in wording.compared_heads(table) if head not in shown]
    if not heads:
        return None
    titles = ["backend", *(f"{head.title}, × {table.reference}" for head in heads)]  # noqa: RUF001
    rows = [
        [Cell(wording.name(row)), *(comparison(table, row, head) for head in heads)]
        for row in ranked(table)
        if row.comparisons
    ]
    return Grid(titles, rows, left=1)


def comparison(table: Table, row: Row, head: Head) -> Cell:
    if row.backend == table.reference and row.n:
        return Cell(REFERENCE)
    found = row.comparisons.get(head.name)
    word, text = wording.judgement(found)
    is_dim = found is None or found.verdict == UNRESOLVED
    return Cell(text, word, is_dim)


def below(table: Table) -> list[tuple[str, str]]:
    """What is said of a table's rows besides figures, each matter with its label."""
    matters = (
        (f"{table.unit.capitalize()} left out", left_out(table)),
        ("Errors", errors(table)),
        ("Not in this table", left_aside(table)),
        ("Explained", explained(table)),
    )
    return [(label, text) for label, text in matters if text]


def left_aside(table: Table) -> str:
    """Who is not in a table, by reason, in one line; nothing where all are."""
    found: dict[str, list[str]] = {}
    for row in table.rows:
        if row.left_aside:
            why = (row.why_empty or "").removeprefix("not run: ")
            found.setdefault(why, []).append(row.backend)
    return "; ".join(f"{why} ({', '.join(names)})" for why, names in found.items())


def explained(table: Table) -> str:
    """What was found out about odd figures, in one line."""
    return "; ".join(f"{row.backend}: {row.explained}" for row in ranked(table) if row.explained)


def left_out(table: Table) -> str:
    """How many trials of the rows with figures are in none, and why, in one line."""
    return "; ".join(
        f"{row.backend} {count} ({why})"
        for row in ranked(table)
        if row.n
        for why, count in wording.reasons_of(row).items()
    )


def errors(table: Table) -> str:
    """What the errors of each row were, in one line."""
    return "; ".join(
        f"{row.backend} {wording.causes(row.errors)}"
        for row in ranked(table)
        if row.errors is not None and row.errors.causes
    )


def _figure(row: Row, head: Head) -> Cell:
    found = row.figures.get(head.name)
    return Cell(wording.figure(found, row.n), exact=wording.exactly(found, head.unit))


def _first_compared(table: Table) -> list[Head]:
    """The judged figure, and CPU: what a request costs is often known where times are not."""
    first = judged(table)
    compared = wording.compared_heads(table)
    return [
        *(head for head in compared if head == first),
        *(head for head in compared if head != first and head.name == SERVER_CPU.name),
    ]


def _figures(table: Table, is_short: bool) -> list[Head]:
    """The judged one first. In the open loop goodput is what was asked, unless a row is overloaded,
    which says so."""
    hidden = {GOODPUT} if table.is_open else set()
    if is_short:
        hidden |= {PEAK_RSS.name, CONNECT.name}
    heads = [
        head
        for head in wording.shown_heads(table)
        if head.name not in hidden and not (is_short and head.name.startswith("closed_loop_"))
    ]
    first = judged(table)
    return sorted(heads, key=lambda head: head != first)


def _most_have(table: Table, head: Head) -> bool:
    """A column for a few rows alone would be one of dashes."""
    measured = [row for row in table.rows if row.n]
    return 2 * sum(head.name in row.figures for row in measured) >= len(measured)


def _with_state(cells: list[Cell], row: Row, columns: int) -> list[Cell]:
    """What went wrong stands in the row: in the place of its comparison where it has no figures."""
    said = wording.state(row)
    if not said:
        return cells
    if row.n:
        return [Cell(f"{cells[0].text}, {said}"), *cells[1:]]
    empty = [Cell("")] * (columns - 3)
    return [*cells[:2], Cell(said, is_dim=True), *empty]
