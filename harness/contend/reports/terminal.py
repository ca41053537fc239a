"""Tables on a terminal or in a pipe, at the end of a suite.

Pure; the lines carry styles that a pipe drops, and are aligned without regard to a width, so that
no figure is ever cut.
"""

from collections.abc import Sequence

from rich.text import Text

from contend.findings.figures import PEAK_RSS
from contend.findings.table import Head, Row, Table, Tables
from contend.reports import compact, wording
from contend.stats.compare import FASTER, SLOWER

VERDICT_STYLES = {FASTER: "green", SLOWER: "red"}
_GAP = "  "


def render(tables: Tables) -> list[Text]:
    lines = [Text(one, style="bold red") for one in wording.warnings(tables)]
    for table in tables.tables:
        lines += [Text(), Text(wording.title(table), style="bold"), *_grid(tables, table)]
        lines += [Text(f"  {note}", style="yellow") for note in notes(table)]
    if tables.across:
        grid = [wording.across_heads(tables)]
        grid += [wording.across_cells(tables, one) for one in tables.across]
        lines += [Text(), *aligned([[Text(cell) for cell in cells] for cells in grid])]
    return [*lines, Text(), *(Text(line, style="dim") for line in _caption(tables))]


def notes(table: Table) -> list[str]:
    """What rows say besides their figures."""
    said = []
    for row in table.rows:
        if row.notes and (row.n or row.left_out):
            first, *others = row.notes
            more = f"; and {len(others)} more" if others else ""
            said.append(f"{row.backend}: not in its row: {first}{more}")
        if row.errors is not None and row.errors.causes:
            said.append(f"{row.backend}: errors are {wording.causes(row.errors)}")
    return said


def aligned(lines: Sequence[Sequence[Text]], left: int = 1) -> list[Text]:
    """The first `left` columns flush left, all others flush right; the first line is the head.

    A line of one cell stands for itself and makes no column wider.
    """
    full = [cells for cells in lines if len(cells) > 1]
    widths = [max(cell.cell_len for cell in column) for column in zip(*full, strict=True)]
    rows = []
    for cells in lines:
        row = Text()
        for index, (cell, width) in enumerate(zip(cells, widths, strict=False)):
            space = " " * (width - cell.cell_len)
            gap = _GAP if index else ""
            padded = (cell, space) if index < left else (space, cell)
            row += Text.assemble(gap, *padded)
        rows.append(row)
    head, *rest = rows
    head.stylize("dim")
    return [head, *rest]


def _grid(tables: Tables, table: Table) -> list[Text]:
    heads = [head for head in compact.heads(table) if head.name != PEAK_RSS.name]
    judged = compact.judged(table)
    titles = ["backend", *(head.column for head in heads), "errors", "n"]
    titles += [] if judged is None else [f"{judged.title} × {tables.reference}"]  # noqa: RUF001
    lines = [[Text(title) for title in titles]]
    for row in table.rows:
        if row.why_empty is not None:
            lines.append([Text.assemble(wording.name(row), (f"{_GAP}{row.why_empty}", "yellow"))])
            continue
        cells = [Text(wording.name(row)), *(_figure(row, head) for head in heads)]
        cells += [Text(wording.errors(row.errors)), Text(wording.trials(row))]
        cells += [] if judged is None else [_verdict(tables, row, judged)]
        lines.append(cells)
    return aligned(lines)


def _figure(row: Row, head: Head) -> Text:
    found = row.figures.get(head.name)
    return Text.assemble(wording.value(found), (f" {wording.spread(found, row.n)}".rstrip(), "dim"))


def _verdict(tables: Tables, row: Row, head: Head) -> Text:
    if row.backend == tables.reference and row.n:
        return Text("reference", style="dim")
    found = row.comparisons.get(head.name)
    return Text(
        wording.verdict(found), style=VERDICT_STYLES.get(found.verdict, "") if found else "dim"
    )


def _caption(tables: Tables) -> list[str]:
    lines = [
        f"run {tables.run}: {wording.machine(tables)}; {wording.cores(tables)}",
        f"{wording.protocol(tables)}",
    ]
    if (ceiling := wording.ceiling(tables)) is not None:
        lines.append(ceiling)
    return lines
