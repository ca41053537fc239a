"""The compact table of the README, between its markers. Pure, on text.

The README says what the words mean; here stand only the figures and what they were measured on.
"""

from contend.errors import StoreError
from contend.findings.table import Head, Row, Table, Tables
from contend.reports import compact, wording
from contend.reports.markdown import backend, grid

BEGIN = "<!-- contend:table:begin -->"
END = "<!-- contend:table:end -->"


def replace(readme: str, block: str, where: str) -> str:
    """The README with a new block. Raises StoreError unless each marker stands in it once."""
    for marker in (BEGIN, END):
        found = readme.count(marker)
        if found != 1:
            raise StoreError(
                where,
                f"the marker {marker} stands in it {found} times, and must once",
                "putting it on a line of its own around the table's place",
            )
    before, _, rest = readme.partition(BEGIN)
    if END not in rest:
        raise StoreError(where, f"{END} stands before {BEGIN}", "changing their places")
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{block}{END}{after}"


def render(tables: Tables, tables_link: str, plot_link: str) -> str:
    """Each table with its figures of speed; links are paths from the README's folder."""
    parts = [f"**{one}**" for one in wording.warnings(tables)]
    for table in tables.tables:
        parts += [f"**{wording.title(table)}**", _figures(tables, table)]
        parts += ["\n".join(said)] if (said := _notes(table)) else []
    parts.append(f"![Goodput and latency by backend, with intervals]({plot_link})")
    parts.append(_caption(tables, tables_link))
    return "\n\n".join(parts) + "\n"


def _figures(tables: Tables, table: Table) -> str:
    heads = compact.heads(table)
    judged = compact.judged(table)
    titles = ["backend", *(head.column for head in heads), "errors", "n"]
    if judged is not None:
        titles.append(f"{judged.title}, × {tables.reference}")  # noqa: RUF001
    rows = []
    for row in table.rows:
        cells = [backend(row)]
        cells += [compact.figure(row, head) for head in heads]
        cells += [wording.errors(row.errors), wording.trials(row)]
        if judged is not None:
            cells.append(_verdict(tables, row, judged))
        rows.append(cells)
    return grid(titles, rows)


def _verdict(tables: Tables, row: Row, judged: Head) -> str:
    if row.backend == tables.reference and row.n:
        return "reference"
    found = row.comparisons.get(judged.name)
    interval = wording.ratio_interval(found)
    return f"{wording.verdict(found)} ({interval})" if interval else wording.verdict(found)


def _notes(table: Table) -> list[str]:
    return [
        f"- {row.backend}: {left_out}"
        for row in table.rows
        if (left_out := compact.left_out(row)) is not None
    ]


def _caption(tables: Tables, link: str) -> str:
    runtimes = {
        row.runtime: None for table in tables.tables for row in table.rows if row.runtime and row.n
    }
    software = ", ".join(runtimes) or wording.software(tables)
    few = [row for table in tables.tables for row in table.rows if wording.is_few(row)]
    mark = f" {wording.FEW}: fewer trials than a full statement needs." if few else ""
    ceiling = wording.ceiling(tables)
    return (
        f"{wording.machine(tables)}; {wording.cores(tables)}. {software}. "
        f"{wording.capitalised(wording.protocol(tables))}.{mark} {f'{ceiling} ' if ceiling else ''}"
        f"[All figures, intervals and comparisons]({link}); again: `scripts/suite {tables.suite}`."
    )
