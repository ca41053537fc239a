"""Any two servers of a table, by the figure that it is judged by: for who picks a pair. Pure.

Each pair's interval is that of one question asked by itself. A table's own comparisons are adjusted
over all of them, and so are wider: who looks at many pairs for the one that differs most should go
by those.
"""

from collections.abc import Mapping
from itertools import combinations

import msgspec

from contend.findings.ahead import judged
from contend.findings.cells import Key, Measured
from contend.findings.layout import figure_named
from contend.findings.questions import question_of
from contend.findings.table import Table
from contend.runs.record import NULL, Run
from contend.stats.compare import compare
from contend.suites.cells import Cell, cell_at
from contend.suites.load import Load


class AnyPair(msgspec.Struct, frozen=True):
    """The first's figure ÷ the second's."""

    first: str
    second: str
    ratio: float
    low: float | None
    high: float | None


def every_pair(run: Run, table: Table, measured: Mapping[Key, Measured]) -> tuple[AnyPair, ...]:
    head = judged(table)
    if head is None:
        return ()
    names = [row.backend for row in table.rows if row.n and head.name in row.figures]
    of_it = {one: measured[table.workload, table.load, one] for one in names if one != NULL}
    figure = figure_named(run.header, _cell(table), list(of_it.values()), head.name)
    if figure is None:
        return ()
    base = of_it[table.reference].units if table.reference in of_it else ()
    found = []
    for first, second in combinations(of_it, 2):
        question = question_of(figure, of_it[first].units, of_it[second].units, base)
        if question is None:
            continue
        (answer,) = compare([question])
        if answer.ratio is not None:
            found.append(AnyPair(first, second, answer.ratio, answer.low, answer.high))
    return tuple(found)


def _cell(table: Table) -> Cell:
    kind = table.load.partition("-")[0]
    load = Load(kind, table.connections, table.rate_per_s, table.busy, table.level)
    return cell_at(table.workload, "", load)
