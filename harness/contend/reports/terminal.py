"""Tables on a terminal or in a pipe, at the end of a suite.

Pure; the lines carry styles that a pipe drops, and are aligned without regard to a width, so that
no figure is ever cut.
"""

from collections.abc import Sequence

from rich.text import Text

from contend.reports import compact, words
from contend.reports.figures import PEAK_RSS
from contend.reports.table import Head, Row, Table, Tables
from contend.stats.compare import FASTER, SLOWER

_STYLES = {FASTER: "green", SLOWER: "red"}
_GAP = "  "


def render(tables: Tables) -> list[Text]:
    lines = [Text(one, style="bold red") for one in words.warnings(tables)]
    for table in tables.tables:
        lines += [Text(), Text(words.title(table), style="bold"), *_grid(tables, table)]
        lines += [Text(f"  {note}", style="yellow") for note in notes(table)]
    return [*lines, Text(), *(Text(line, style="dim") for line in _caption(tables))]


def notes(table: Table) -> list[str]:
    """What rows say besides their figures."""
    said = []
    for row in table.rows:
        if row.why_empty is not None:
            said.append(f"{row.backend}: {row.why_empty}")
        if (left_out := compact.left_out(row)) is not None:
            said.append(f"{row.backend}: {left_out}")
        if row.n or row.left_out:
            said += [f"  {note}" for note in row.notes]
        if row.errors is not None and row.errors.causes:
            said.append(f"{row.backend}: errors are {words.causes(row.errors)}")
    return said


def aligned(lines: Sequence[Sequence[Text]]) -> list[Text]:
    """The first column flush left, all others flush right; the first line is the head."""
    widths = [max(cell.cell_len for cell in column) for column in zip(*lines, strict=True)]
    rows = []
    for cells in lines:
        row = Text()
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (width - cell.cell_len)
            row += Text.assemble(cell, space) if index == 0 else Text.assemble(_GAP, space, cell)
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
        cells = [Text(words.name(row)), *(_figure(row, head) for head in heads)]
        cells += [Text(words.errors(row.errors)), Text(words.trials(row))]
        cells += [] if judged is None else [_verdict(tables, row, judged)]
        lines.append(cells)
    return aligned(lines)


def _figure(row: Row, head: Head) -> Text:
    found = row.figures.get(head.name)
    return Text.assemble(words.value(found), (f" {words.spread(found, row.n)}".rstrip(), "dim"))


def _verdict(tables: Tables, row: Row, head: Head) -> Text:
    if row.backend == tables.reference and row.n:
        return Text("reference", style="dim")
    found = row.comparisons.get(head.name)
    return Text(words.verdict(found), style=_STYLES.get(found.verdict, "") if found else "dim")


def _caption(tables: Tables) -> list[str]:
    lines = [
        f"run {tables.run}: {words.machine(tables)}; {words.cores(tables)}",
        f"{words.protocol(tables)}",
    ]
    if (ceiling := words.ceiling(tables)) is not None:
        lines.append(ceiling)
    return lines
