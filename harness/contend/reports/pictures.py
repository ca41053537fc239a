"""Which pictures a run has: one of all its tables where they are few, else one a workload. Pure."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contend.findings.table import Table, Tables

# The part of a run that the one picture of all tables shows; others are named by their workload.
WHOLE = ""
MOST_PANELS = 8


def parts(tables: "Tables") -> "dict[str, list[Table]]":
    """The tables of each picture; a table without figures is in none."""
    drawn = [table for table in tables.tables if any(row.n for row in table.rows)]
    if len(drawn) <= MOST_PANELS:
        return {WHOLE: drawn}
    found: dict[str, list[Table]] = {}
    for table in drawn:
        found.setdefault(table.workload, []).append(table)
    return found


def name(suite: str, part: str) -> str:
    """Of a picture's file, without its suffix."""
    return f"{suite}-{part}" if part else suite
