"""Tables on a terminal or in a pipe, at the end of a suite.

Pure; the lines carry styles that a pipe drops, and are aligned without regard to a width, so that
no figure is ever cut. Who is ahead stands last: there it is seen without scrolling.
"""

from collections.abc import Sequence

from rich.text import Text

from contend.findings.table import Table, Tables
from contend.reports import across_grid, cells, measured, summary, wording
from contend.reports.cells import Cell, Grid
from contend.stats.compare import FASTER, SLOWER

VERDICT_STYLES = {FASTER: "green", SLOWER: "red"}
_GAP = "  "


def render(tables: Tables) -> list[Text]:
    lines = [Text(one, style="bold red") for one in measured.warnings(tables)]
    for table in tables.tables:
        lines += [Text(), Text(wording.title(table), style="bold")]
        lines += _lines(cells.grid(table, is_short=True))
        lines += [Text(f"  {note}", style="yellow") for note in notes(table)]
    if heads := across_grid.heads(tables):
        lines += _plain([heads, *across_grid.rows(tables)])
    if heads := across_grid.start_heads(tables):
        lines += _plain([heads, *across_grid.start_rows(tables)])
    lines += [Text(), *(Text(line, style="dim") for line in _caption(tables))]
    return [*lines, Text(), *_answer(tables)]


def notes(table: Table) -> list[str]:
    """What rows say besides their figures, a line for each matter."""
    said = (
        ("not in any row", cells.left_out(table)),
        ("errors", cells.errors(table)),
        ("not in this table", cells.left_aside(table)),
        ("explained", cells.explained(table)),
    )
    return [f"{label}: {text}" for label, text in said if text]


def _answer(tables: Tables) -> list[Text]:
    lines = [Text("Who is ahead", style="bold"), *_lines(summary.grid(tables))]
    if (said := summary.tally(tables)) is not None:
        lines.append(Text.assemble((said, "bold"), f" {summary.sureness(tables)}"))
    return lines


def aligned(lines: Sequence[Sequence[Text]], left: int = 1) -> list[Text]:
    """The first `left` columns flush left, all others flush right; the first line is the head.

    A line of one cell stands for itself and makes no column wider.
    """
    full = [line for line in lines if len(line) > 1]
    widths = [max(cell.cell_len for cell in column) for column in zip(*full, strict=True)]
    rows = []
    for line in lines:
        row = Text()
        for index, (cell, width) in enumerate(zip(line, widths, strict=False)):
            space = " " * (width - cell.cell_len)
            gap = _GAP if index else ""
            padded = (cell, space) if index < left else (space, cell)
            row += Text.assemble(gap, *padded)
        rows.append(row)
    head, *rest = rows
    head.stylize("dim")
    return [head, *rest]


def _lines(grid: Grid) -> list[Text]:
    if not grid.rows:
        return []
    head = [Text(title) for title in grid.titles]
    return aligned([head, *([_text(cell) for cell in row] for row in grid.rows)], left=grid.left)


def _text(cell: Cell) -> Text:
    if not cell.word:
        return Text(cell.text, style="dim" if cell.is_dim else "")
    style = VERDICT_STYLES.get(cell.word.rstrip(wording.FEW), "bold")
    return Text.assemble((cell.word, style), f" {cell.text}")


def _plain(rows: Sequence[Sequence[str]]) -> list[Text]:
    return [Text(), *aligned([[Text(cell) for cell in row] for row in rows])]


def _caption(tables: Tables) -> list[str]:
    lines = [
        f"run {tables.run}: {measured.machine(tables)}; {measured.cores(tables)}",
        f"{measured.protocol(tables)}",
    ]
    if (ceiling := measured.ceiling(tables)) is not None:
        lines.append(ceiling)
    return lines
