"""Tables as Markdown: results/tables/<suite>.md. Pure, and aligned in the source too."""

import unicodedata
from collections.abc import Sequence

from contend.findings.table import Row, Table, Tables
from contend.reports import compact, foreign, wording

_WIDEST = 50  # a longer cell stands out of its column in the source

Cells = Sequence[Sequence[str]]


def render(tables: Tables, plot: str | None = None) -> bytes:
    """`plot`: the path of its image, from the file's folder."""
    parts = [f"# {tables.suite_title}", *(f"> **{one}**" for one in wording.warnings(tables))]
    parts.append(_preface(tables))
    if plot is not None:
        parts.append(f"![Goodput and latency by backend, with intervals]({plot})")
    if tables.across:
        rows = [wording.across_cells(tables, one) for one in tables.across]
        parts += ["## Across the tables", grid(wording.across_heads(tables), rows)]
    for table in tables.tables:
        parts += _section(tables, table)
    parts.append(_legend(tables))
    return ("\n\n".join(parts) + "\n").encode()


def render_beside_plot(tables: Tables) -> bytes:
    """With the image that lies where FORMATS puts it."""
    return render(tables, f"../plots/{tables.suite}.svg")


def grid(heads: Sequence[str], rows: Cells, left: int = 1) -> str:
    """A table whose first `left` columns are flush left, all others flush right."""
    widths = [
        max(
            3, *(_width(line[column]) for line in (heads, *rows) if _width(line[column]) <= _WIDEST)
        )
        for column in range(len(heads))
    ]
    rule = [
        "-" * width if column < left else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    return "\n".join(_line(line, widths, left) for line in (heads, rule, *rows))


def backend(row: Row) -> str:
    """The first cell of a backend's row; without figures it says why."""
    why = "" if row.why_empty is None else f": {row.why_empty}"
    return escape(f"{wording.name(row)}{why}")


def escape(text: str) -> str:
    """Text that no table or emphasis is read into."""
    return foreign.in_markdown(text)


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    padded = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - _width(cell))
        padded.append(cell + space if column < left else space + cell)
    return f"| {' | '.join(padded)} |"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _preface(tables: Tables) -> str:
    lines = [
        ("Run", f"`{tables.run}`, started {tables.started}"),
        ("Machine", f"{wording.machine(tables)}; {wording.cores(tables)}"),
        ("Software", wording.software(tables)),
        ("Trials", wording.protocol(tables)),
        ("Again", f"`contend suite {tables.suite}` measures, `contend tables {tables.run}` prints"),
    ]
    if (ceiling := wording.ceiling(tables)) is not None:
        label, _, text = ceiling.partition(": ")
        lines.append((label, text))
    return "\n".join(f"- **{label}**: {text}" for label, text in lines)


def _section(tables: Tables, table: Table) -> list[str]:
    parts = [f"## {wording.title(table)}"]
    if table.requests:
        parts.append(", ".join(f"`{request}`" for request in table.requests))
    parts.append(_figures(table))
    if any(row.comparisons for row in table.rows):
        parts.append(_comparisons(tables, table))
    if notes := list(_notes(table)):
        parts.append("\n".join(notes))
    return parts


def _figures(table: Table) -> str:
    heads = wording.shown_heads(table)
    levels = table.level is not None
    titles = ["backend"]
    titles += ["asked, /s"] if levels else []
    titles += [title for head in heads for title in (head.column, "±")]
    titles += ["errors", "n"]
    titles += ["body, bytes"] if table.body_bytes_differ else []
    rows = []
    for row in table.rows:
        cells = [backend(row)]
        cells += [wording.asked(row)] if levels else []
        for head in heads:
            found = row.figures.get(head.name)
            cells += [wording.value(found), wording.spread(found, row.n)]
        cells += [wording.errors(row.errors), wording.trials(row)]
        cells += [wording.body_bytes(row)] if table.body_bytes_differ else []
        rows.append(cells)
    return grid(titles, rows)


def _comparisons(tables: Tables, table: Table) -> str:
    heads = wording.compared_heads(table)
    titles = [f"× {tables.reference}"]  # noqa: RUF001
    titles += [title for head in heads for title in (head.title, "interval")]
    rows = []
    for row in table.rows:
        if not row.comparisons:
            continue
        cells = [escape(wording.name(row))]
        for head in heads:
            found = row.comparisons.get(head.name)
            cells += [wording.verdict(found), wording.ratio_interval(found)]
        rows.append(cells)
    return grid(titles, rows)


def _notes(table: Table) -> list[str]:
    """What a row says besides its figures, a line each."""
    said = []
    for row in table.rows:
        label = f"- {row.backend}"
        if row.overloaded:
            said.append(f"{label}: overloaded, {_achieved(row)}")
        if row.capacity is not None:
            said.append(f"{label}: {_capacity(row)}")
        if row.errors is not None and row.errors.causes:
            said.append(f"{label}: errors are {wording.causes(row.errors)}")
        if (left_out := compact.left_out(row)) is not None:
            said.append(f"{label}: {left_out}")
        elif row.left_out:
            said.append(f"{label}: {escape(row.why_empty or '')}")
        if row.n or row.left_out:
            said += [f"  - {escape(note)}" for note in row.notes]
    return said


def _achieved(row: Row) -> str:
    goodput = row.figures.get("goodput")
    return f"{wording.value(goodput)}/s achieved of {wording.asked(row)}/s asked"


def _capacity(row: Row) -> str:
    found = row.capacity
    assert found is not None
    between = ""
    if found.low is not None and found.high is not None:
        between = (
            f", between {wording.number(found.low)} and {wording.number(found.high)} with "
            f"{found.confidence:.0%}"
        )
    return f"capacity {wording.number(found.value)}/s, the median of {found.n} trials{between}"


def _legend(tables: Tables) -> str:
    lines = ["## How to read this", wording.interval()]
    if tables.reference is not None:
        lines.append(wording.comparing(tables.reference))
    lines.append(
        "Latency runs from the intended send, and only open-loop tables have it; closed-loop times "
        "run from the actual send and say nothing of latency at a given load. CPU is the server's, "
        "its children's too. A trial that isn't valid is in no row."
    )
    seen: dict[str, Row] = {}
    for table in tables.tables:
        for row in table.rows:
            seen.setdefault(row.backend, row)
    backends = [
        [f"`{row.backend}`", escape(row.title), row.style, row.runtime or wording.ABSENT]
        for row in seen.values()
    ]
    lines.append(grid(["backend", "is", "style", "runs on"], backends, left=4))
    return "\n\n".join(lines)
