"""The blocks of the README that are computed, between their markers. Pure, on text.

Of the quick suite it has who is ahead and what that was measured on; results/README.md says what
the words mean.
"""

from contend.errors import StoreError
from contend.findings.table import Tables
from contend.reports import measured, pictures, wording
from contend.reports.markdown import answer, escape, image

ANSWER, TABLE = "answer", "table"  # its blocks


def markers(block: str) -> tuple[str, str]:
    return f"<!-- contend:{block}:begin -->", f"<!-- contend:{block}:end -->"


def replace(readme: str, block: str, text: str, where: str) -> str:
    """The README with a new block. Raises StoreError unless each marker stands in it once."""
    begin, end = markers(block)
    for marker in (begin, end):
        found = readme.count(marker)
        if found != 1:
            raise StoreError(
                where,
                f"the marker {marker} stands in it {found} times, and must once",
                "putting it on a line of its own around the block's place",
            )
    before, _, rest = readme.partition(begin)
    if end not in rest:
        raise StoreError(where, f"{end} stands before {begin}", "changing their places")
    after = rest.partition(end)[2]
    return f"{before}{begin}\n{text}{end}{after}"


def render(tables: Tables, tables_link: str, plots: str) -> str:
    """Who is ahead; links are paths from the README's folder."""
    parts = [f"**{escape(one)}**" for one in measured.warnings(tables)]
    parts += answer(tables, tables_link)
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
