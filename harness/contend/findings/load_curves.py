"""How latency grows with load: the figures of one workload's open-loop tables, by server. Pure."""

from collections.abc import Iterator, Sequence

import msgspec

from contend.findings.ahead import judged
from contend.findings.figures import UTILISATION
from contend.findings.table import Row, Table
from contend.stats.estimate import Estimate

_LEAST_POINTS = 2  # of a line


class LoadPoint(msgspec.Struct, frozen=True):
    backend: str
    language: str
    is_server: bool
    asked_per_s: float
    latency: Estimate  # ms
    busy: Estimate | None  # % of the server's cores


class LoadCurves(msgspec.Struct, frozen=True):
    title: str  # of the workload
    workload: str
    figure: str  # what the latencies are
    points: tuple[LoadPoint, ...]  # by server, and by rate


def load_curves(tables: Sequence[Table]) -> tuple[LoadCurves, ...]:
    """Of the workloads of which two rates were asked of a server or more."""
    groups: dict[tuple[str, str, int], list[Table]] = {}
    for table in tables:
        if table.is_open:
            groups.setdefault((table.workload, table.kind, table.connections), []).append(table)
    return tuple(found for some in groups.values() if (found := _curves(some)) is not None)


def _curves(tables: Sequence[Table]) -> LoadCurves | None:
    heads = [head for table in tables if (head := judged(table)) is not None and head.unit == "ms"]
    if not heads:
        return None
    # The tail where half of the tables have it, else what they have.
    name = max(
        {head.name for head in heads}, key=lambda one: [head.name for head in heads].count(one)
    )
    title = next(head.title for head in heads if head.name == name)
    by_backend: dict[str, list[LoadPoint]] = {}
    for table in tables:
        for row in table.rows:
            for point in _points(table, row, name):
                by_backend.setdefault(row.backend, []).append(point)
    points = [
        point
        for of_it in by_backend.values()
        if len(of_it) >= _LEAST_POINTS
        for point in sorted(of_it, key=lambda one: one.asked_per_s)
    ]
    if not points:
        return None
    return LoadCurves(tables[0].title, tables[0].workload, title, tuple(points))


def _points(table: Table, row: Row, name: str) -> Iterator[LoadPoint]:
    found = row.figures.get(name)
    asked = row.asked_per_s if row.asked_per_s is not None else table.rate_per_s
    if found is None or asked is None or row.overloaded:
        return
    busy = row.figures.get(UTILISATION.name)
    yield LoadPoint(row.backend, row.language, row.is_server, asked, found, busy)
