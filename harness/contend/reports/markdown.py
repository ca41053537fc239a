"""Tables as Markdown: results/tables/<suite>.md. Pure, and aligned in the source too."""

import unicodedata
from collections.abc import Sequence

from contend.findings.table import Row, Table, Tables
from contend.reports import compact, words

_WIDEST = 50  # a longer cell stands out of its column in the source

Cells = Sequence[Sequence[str]]


def render(tables: Tables, plot: str | None = None) -> bytes:
    """`plot`: the path of its image, from the file's folder."""
    parts = [f"# {tables.suite_title}", *(f"> **{one}**" for one in words.warnings(tables))]
    parts.append(_preface(tables))
    if plot is not None:
        parts.append(f"![Goodput and latency by backend, with intervals]({plot})")
    if tables.across:
        rows = [words.across_cells(tables, one) for one in tables.across]
        parts += ["## Across the tables", grid(words.across_heads(tables), rows)]
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
    return escape(f"{words.name(row)}{why}")


def escape(text: str) -> str:
    """Text that no table or emphasis is read into."""
    return text.replace("|", "\\|").replace("*", "\\*")


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
        ("Machine", f"{words.machine(tables)}; {words.cores(tables)}"),
        ("Software", words.software(tables)),
        ("Trials", words.protocol(tables)),
        ("Again", f"`contend suite {tables.suite}` measures, `contend tables {tables.run}` prints"),
    ]
    if (ceiling := words.ceiling(tables)) is not None:
        label, _, text = ceiling.partition(": ")
        lines.append((label, text))
    return "\n".join(f"- **{label}**: {text}" for label, text in lines)


def _section(tables: Tables, table: Table) -> list[str]:
    parts = [f"## {words.title(table)}"]
    if table.requests:
        parts.append(", ".join(f"`{request}`" for request in table.requests))
    parts.append(_figures(table))
    if any(row.comparisons for row in table.rows):
        parts.append(_comparisons(tables, table))
    if notes := list(_notes(table)):
        parts.append("\n".join(notes))
    return parts


def _figures(table: Table) -> str:
    heads = words.shown_heads(table)
    levels = table.level is not None
    titles = ["backend"]
    titles += ["asked, /s"] if levels else []
    titles += [words_ for head in heads for words_ in (head.column, "±")]
    titles += ["errors", "n"]
    titles += ["body, bytes"] if table.body_bytes_differ else []
    rows = []
    for row in table.rows:
        cells = [backend(row)]
        cells += [words.asked(row)] if levels else []
        for head in heads:
            found = row.figures.get(head.name)
            cells += [words.value(found), words.spread(found, row.n)]
        cells += [words.errors(row.errors), words.trials(row)]
        cells += [words.body_bytes(row)] if table.body_bytes_differ else []
        rows.append(cells)
    return grid(titles, rows)


def _comparisons(tables: Tables, table: Table) -> str:
    heads = words.compared_heads(table)
    titles = [f"× {tables.reference}"]  # noqa: RUF001
    titles += [title for head in heads for title in (head.title, "interval")]
    rows = []
    for row in table.rows:
        if not row.comparisons:
            continue
        cells = [escape(words.name(row))]
        for head in heads:
            found = row.comparisons.get(head.name)
            cells += [words.verdict(found), words.ratio_interval(found)]
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
            said.append(f"{label}: errors are {words.causes(row.errors)}")
        if (left_out := compact.left_out(row)) is not None:
            said.append(f"{label}: {left_out}")
        elif row.left_out:
            said.append(f"{label}: {escape(row.why_empty or '')}")
        if row.n or row.left_out:
            said += [f"  - {escape(note)}" for note in row.notes]
    return said


def _achieved(row: Row) -> str:
    goodput = row.figures.get("goodput")
    return f"{words.value(goodput)}/s achieved of {words.asked(row)}/s asked"


def _capacity(row: Row) -> str:
    found = row.capacity
    assert found is not None
    between = ""
    if found.low is not None and found.high is not None:
        between = (
            f", between {words.number(found.low)} and {words.number(found.high)} with "
            f"{found.confidence:.0%}"
        )
    return f"capacity {words.number(found.value)}/s, the median of {found.n} trials{between}"


def _legend(tables: Tables) -> str:
    lines = ["## How to read this", words.interval()]
    if tables.reference is not None:
        lines.append(words.comparing(tables.reference))
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
        [f"`{row.backend}`", escape(row.title), row.style, row.runtime or words.ABSENT]
        for row in seen.values()
    ]
    lines.append(grid(["backend", "is", "style", "runs on"], backends, left=4))
    return "\n\n".join(lines)
