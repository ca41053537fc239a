"""How latencies are distributed: each server's quantiles under a load, from p50 on. Pure.

Of a mix they are those of the class that its table is judged by. What lies between a named quantile
that is withheld and the next one is left out, and what has no request beyond it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from contend.blocks.record import QUANTILES
from contend.findings.ahead import judged
from contend.findings.cells import Key, Measured
from contend.findings.figures import NS_PER_MS, is_resolved
from contend.findings.table import Row, Table
from contend.findings.units import LaneUnit, TrialUnit, Unit
from contend.trials.brackets import of_class
from contend.trials.histograms import Histogram

_OF_CLASS = "p99_of_"
# 50%, and from 68% on four quantiles a nine: all but one in 10^(k/4).
_STEPS_A_NINE = 4
_MOST_NINES = 5


class PercentileCurve(msgspec.Struct, frozen=True):
    backend: str
    language: str
    is_server: bool
    class_name: str  # "": of all requests
    requests: int
    points: tuple[tuple[float, float], ...]  # quantile, ms


def percentile_curves(
    table: Table, measured: Mapping[Key, Measured]
) -> tuple[PercentileCurve, ...]:
    """None of closed loops, whose times say nothing of latency."""
    if not table.is_open:
        return ()
    name = _judged_class(table)
    found = (_curve(row, name, measured[_key(table, row)].units) for row in _measured(table))
    return tuple(one for one in found if one is not None)


def _key(table: Table, row: Row) -> Key:
    return table.workload, table.load, row.backend


def _measured(table: Table) -> Iterator[Row]:
    return (row for row in table.rows if row.n and not row.overloaded)


def _judged_class(table: Table) -> str:
    head = judged(table)
    is_of_class = head is not None and head.name.startswith(_OF_CLASS)
    return head.name.removeprefix(_OF_CLASS) if head is not None and is_of_class else ""


def _curve(row: Row, name: str, units: Sequence[Unit]) -> PercentileCurve | None:
    merged, withheld = Histogram(), _withheld_quantiles(units, name)
    for unit in units:
        if (encoded := _encoded(unit, name)) is not None:
            merged.add(Histogram.decode(encoded))
    points = tuple(
        (quantile, merged.value_at_quantile_ns(quantile) / NS_PER_MS)
        for quantile in _quantiles()
        if is_resolved(merged.count, quantile) and _named_below(quantile) not in withheld
    )
    if not points:
        return None
    return PercentileCurve(row.backend, row.language, row.is_server, name, merged.count, points)


def _quantiles() -> Iterator[float]:
    yield 0.5
    for step in range(_STEPS_A_NINE // 2, _STEPS_A_NINE * _MOST_NINES + 1):
        yield 1 - 10 ** (-step / _STEPS_A_NINE)


def _encoded(unit: Unit, name: str) -> str | None:
    if isinstance(unit, LaneUnit):
        merged = unit.merged
        return None if merged is None else merged.classes.get(name, merged.latency)
    document = unit.trial.document
    if document is None:
        return None
    of_it = [one.latency for one in document.classes or () if one.name == name]
    return (of_it or [document.latency])[0].histogram


def _withheld_quantiles(units: Sequence[Unit], name: str) -> set[str]:
    """Those that half of the units or more withhold."""
    counts = Counter(title for unit in units for title in _withheld(unit, name))
    return {title for title, count in counts.items() if 2 * count >= len(units)}


def _named_below(quantile: float) -> str:
    return max((one for one in QUANTILES if QUANTILES[one] <= quantile), key=QUANTILES.__getitem__)


def _withheld(unit: Unit, name: str) -> Sequence[str]:
    if isinstance(unit, LaneUnit):
        return of_class(unit.merged.withheld, name) if unit.merged is not None else ()
    assert isinstance(unit, TrialUnit)
    document = unit.trial.document
    return of_class(document.validity.withheld, name) if document is not None else ()
