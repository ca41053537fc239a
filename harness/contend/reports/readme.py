"""The compact tables of the README, between its markers. Pure, on text.

The README says what the words mean; here stand only the answer, the main tables, and what they were
measured on.
"""

from contend.errors import StoreError
from contend.findings.table import Tables
from contend.reports import cells, measured, pictures, wording
from contend.reports.markdown import answer, escape, image, of_grid

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


def render(tables: Tables, tables_link: str, plots: str) -> str:
    """The answer and each table in short; links are paths from the README's folder."""
    parts = [f"**{escape(one)}**" for one in measured.warnings(tables)]
    parts += answer(tables, tables_link)
    for table in tables.tables:
        parts.append(f"**{escape(wording.title(table))}**")
        found = cells.grid(table, is_short=True)
        if found.rows:
            parts.append(of_grid(found))
        if aside := cells.left_aside(table):
            parts.append(f"Not in this table: {escape(aside)}")
    if pictures.WHOLE in pictures.parts(tables):
        parts.append(image(tables, pictures.WHOLE, plots))
    parts.append(_caption(tables, tables_link))
    return "\n\n".join(parts) + "\n"


def _caption(tables: Tables, link: str) -> str:
    runtimes = {
        row.runtime: None for table in tables.tables for row in table.rows if row.runtime and row.n
    }
    software = ", ".join(runtimes) or measured.software(tables)
    few = [row for table in tables.tables for row in table.rows if wording.is_few(row)]
    mark = f" {wording.FEW}: fewer than a full statement needs." if few else ""
    ceiling = measured.ceiling(tables)
    protocol = measured.capitalised(measured.protocol(tables))
    return (
        f"{escape(measured.machine(tables))}; {measured.cores(tables)}. {escape(software)}. "
        f"{protocol}.{mark} {f'{escape(ceiling)} ' if ceiling else ''}"
        f"[All figures, intervals and comparisons]({link}); again: `scripts/suite {tables.suite}`."
    )
