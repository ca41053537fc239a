"""Tables as Markdown: results/tables/<suite>.md. Pure, and aligned in the source too.

The answer stands first, then each workload's tables, then what is asked for less often.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from contend.findings.table import Row, Table, Tables
from contend.reports import across_grid, cells, foreign, measured, pictures, summary, wording
from contend.reports.cells import Cell, Grid
from contend.reports.numbers import ABSENT

_WIDEST = 50  # a longer cell stands out of its column in the source

Cells = Sequence[Sequence[str]]


def render(tables: Tables, plots: str | None = None) -> bytes:
    """`plots`: the path of the folder with the images, from the file's folder."""
    parts_of_it = () if plots is None else pictures.parts(tables)
    shown = {part: image(tables, part, plots or "") for part in parts_of_it}
    parts = [f"# {escape(tables.suite_title)}"]
    parts += [f"> **{escape(one)}**" for one in measured.warnings(tables)]
    parts += ["## Who is ahead", *answer(tables)]
    if heads := across_grid.heads(tables):
        parts += ["## Across the tables", grid(heads, _escaped(across_grid.rows(tables)))]
    parts += ["## What was measured", _preface(tables)]
    if pictures.WHOLE in shown:
        parts.append(shown[pictures.WHOLE])
    for workload, some in by_workload(tables).items():
        parts.append(f"## {escape(some[0].title)}")
        if workload in shown:
            parts.append(shown[workload])
        for table in some:
            parts += _section(tables, table)
    if heads := across_grid.start_heads(tables):
        parts += ["## After its start", grid(heads, _escaped(across_grid.start_rows(tables)))]
    parts.append(_legend(tables))
    return ("\n\n".join(parts) + "\n").encode()


def render_beside_plots(tables: Tables) -> bytes:
    """With the images that lie where FORMATS puts them."""
    return render(tables, "../plots")


def answer(tables: Tables, page: str = "") -> Iterator[str]:
    """Who is ahead, as a sentence and as a table, with links to the sections of the page."""
    found = summary.grid(tables)
    said = summary.tally(tables)
    if said is not None:
        yield f"**{escape(said)}** {escape(summary.sureness(tables))}".rstrip()
    rows = [[_link(row[0].text, page), *map(markdown, row[1:])] for row in found.rows]
    yield grid([*map(escape, found.titles)], rows, left=found.left)
    if said is not None:
        yield escape(summary.how_to_read(tables))


def by_workload(tables: Tables) -> dict[str, list[Table]]:
    found: dict[str, list[Table]] = {}
    for table in tables.tables:
        found.setdefault(table.workload, []).append(table)
    return found


def of_grid(found: Grid) -> str:
    rows = [[markdown(cell) for cell in row] for row in found.rows]
    return grid([*map(escape, found.titles)], rows, found.left)


def markdown(cell: Cell) -> str:
    word = f"**{escape(cell.word)}** " if cell.word else ""
    return f"{word}{escape(cell.text)}".strip()


def below(table: Table) -> str:
    """What is said of a table's rows besides figures, a line for each matter."""
    return "\n".join(f"- {label}: {escape(text)}" for label, text in cells.below(table))


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


def escape(text: str) -> str:
    """Text that no table or emphasis is read into."""
    return foreign.in_markdown(text)


def _escaped(rows: Cells) -> list[list[str]]:
    return [[*map(escape, row)] for row in rows]


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    padded = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - _width(cell))
        padded.append(cell + space if column < left else space + cell)
    return f"| {' | '.join(padded)} |"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def image(tables: Tables, part: str, plots: str) -> str:
    return f"![Figures by backend, with intervals]({plots}/{pictures.name(tables.suite, part)}.svg)"


def _link(title: str, page: str) -> str:
    """To the section of that title, as GitHub names it."""
    anchor = re.sub(r"[^\w\- ]", "", foreign.visible(title).lower()).replace(" ", "-")
    return f"[{escape(title)}]({page}#{anchor})"


def _preface(tables: Tables) -> str:
    lines = [
        ("Machine", escape(f"{measured.machine(tables)}; {measured.cores(tables)}")),
        ("How often", measured.protocol(tables)),
        ("Run", f"`{tables.run}`, started {tables.started}"),
        ("Software", escape(measured.software(tables))),
        ("Again", f"`contend suite {tables.suite}` measures, `contend tables {tables.run}` prints"),
    ]
    if (ceiling := measured.ceiling(tables)) is not None:
        label, _, text = ceiling.partition(": ")
        lines.append((label, escape(text)))
    return "\n".join(f"- **{label}**: {text}" for label, text in lines)


def _section(tables: Tables, table: Table) -> list[str]:
    parts = [f"### {escape(wording.title(table))}", _caption(tables, table)]
    found = cells.grid(table)
    if found.rows:
        parts.append(of_grid(found))
    if (others := cells.other_comparisons(table)) is not None:
        heads = ", ".join(title.partition(", ×")[0] for title in others.titles[1:])  # noqa: RUF001
        against = f"{heads} against {table.reference}"
        parts += [
            f"<details><summary>{foreign.in_html(against)}</summary>",
            of_grid(others),
            "</details>",
        ]
    if said := below(table):
        parts.append(said)
    return parts


def _caption(tables: Tables, table: Table) -> str:
    requests = ", ".join(map(foreign.in_markdown_code, table.requests))
    said = measured.caption(tables, table, escape, foreign.in_markdown_code)
    return f"{requests}{'; ' * bool(requests)}{said}"


def _legend(tables: Tables) -> str:
    units = measured.units_of(tables)
    lines = ["## How to read this", measured.interval(units)]
    if tables.reference is not None:
        lines.append(measured.comparing(tables, units))
    lines.append(
        "Rows stand by the judged figure, the best first, and models and baselines, which nobody "
        "deploys, after the servers. A server that failed, of which half of what was tried could "
        "not be measured, or whose completed requests left the weights of their classes, has no "
        "figures and says why. Latency runs from the intended send, and only "
        "open-loop tables have it; closed-loop times run from the actual send and say nothing of "
        "latency at a given load. CPU is the server's, its children's too. Every figure with its "
        f"interval, and each trial that was left out: `{tables.suite}.csv`."
    )
    seen: dict[str, Row] = {}
    for table in tables.tables:
        for row in table.rows:
            seen.setdefault(row.backend, row)
    backends = [
        [
            *(f"`{row.backend}`", escape(row.title), escape(row.language)),
            *(row.style, escape(row.runtime) or ABSENT),
        ]
        for row in seen.values()
    ]
    lines.append(grid(["backend", "is", "language", "style", "runs on"], backends, left=5))
    return "\n\n".join(lines)
