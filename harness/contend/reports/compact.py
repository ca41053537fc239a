"""What of a table stands where there is little room: the README and a terminal. Pure."""

from contend.findings.table import Head, Row, Table
from contend.reports import wording


def heads(table: Table) -> list[Head]:
    """Of the closed loop, no times: they say nothing of latency at a given load."""
    return [
        head
        for head in wording.shown_heads(table)
        if table.is_open or not head.name.startswith("closed_loop_")
    ]


def judged(table: Table) -> Head | None:
    """The one figure whose verdict stands here: what a user feels first."""
    compared = wording.compared_heads(table)
    cheap = [head for head in compared if head.name.startswith("p99_of_")]
    p99 = [head for head in compared if head.name == "p99"]
    return next(iter([*cheap, *p99, *compared]), None)


def figure(row: Row, head: Head) -> str:
    found = row.figures.get(head.name)
    return f"{wording.value(found)} {wording.spread(found, row.n)}".strip()


def left_out(row: Row) -> str | None:
    """How many of a row's trials are not in it."""
    if not row.left_out or not row.n:
        return None
    return f"{row.left_out} of {row.n + row.left_out} trials left out, as not valid"
