"""Latencies of one trial as rows of a text table, 80 columns wide: one unit a row. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from contend.durations import format_ns, three_digits
from contend.trials.brackets import fewest_requests
from contend.trials.document import QUANTILES, ClientShare, Timings, name_of

ABSENT = "-"
LABEL = 16
_COLUMN = 8
_FIELDS = ("mean_ns", *QUANTILES, "max_ns")
_UNITS = (("µs", 1e3), ("ms", 1e6), ("s", 1e9))
# What fits into a column with a ≥ before it and a blank.
_MOST = 99_999.5


@dataclass(frozen=True)
class Unit:
    name: str
    ns: float

    def say(self, value_ns: float) -> str:
        return three_digits(value_ns / self.ns)


def unit_of(values_ns: Sequence[int | None]) -> Unit:
    """The smallest in which the largest of them fits into a column."""
    most = max((one for one in values_ns if one is not None), default=0)
    return next((Unit(name, ns) for name, ns in _UNITS if most < _MOST * ns), Unit(*_UNITS[-1]))


def heads() -> str:
    names = ("mean", *(name_of(one).removesuffix("_ns") for one in QUANTILES), "max")
    return " " * LABEL + "".join(name.rjust(_COLUMN) for name in names)


def row(label: str, timings: Timings, lowest_ns: int | None = None) -> str:
    """Mean, quantiles and maximum; a dash for a quantile with no request beyond it, and for what is
    withheld. From the lowest lower bound on they are lower bounds too, with ≥."""
    values = _values(timings)
    unit = unit_of(values)
    cells = [
        _bounded(unit, value, _is_bound(field, value, timings, lowest_ns))
        for field, value in zip(_FIELDS, values, strict=True)
    ]
    return _line(f"{label}, {unit.name}", cells)


def share_row(label: str, share: ClientShare, latency: Timings) -> str:
    """What was taken out of each figure that is shown; 0 where it is less than a histogram can
    tell."""
    values = [
        None if shown is None else max(0, getattr(share, field))
        for field, shown in zip(_FIELDS, _values(latency), strict=True)
    ]
    unit = unit_of(values)
    return _line(f"{label}, {unit.name}", [_bounded(unit, value, False) for value in values])


def class_heads(width: int) -> str:
    names = ("share", "ok", "errors", "p50", "p99")
    return " " * width + "".join(name.rjust(10) for name in names)


def stage_heads() -> str:
    names = ("within", "ok", "errors", "goodput", "p50", "p99")
    return "by stage".ljust(LABEL) + "".join(name.rjust(10) for name in names)


def quantile(timings: Timings, field: str, lowest_ns: int | None) -> str:
    """One value with its unit."""
    value = dict(zip(_FIELDS, _values(timings), strict=True))[field]
    if value is None:
        return ABSENT
    return f"{'≥' if _is_bound(field, value, timings, lowest_ns) else ''}{format_ns(value)}"


def _values(timings: Timings) -> list[int | None]:
    return [getattr(timings, field) if _is_resolved(timings, field) else None for field in _FIELDS]


def _is_resolved(timings: Timings, field: str) -> bool:
    return field not in QUANTILES or timings.count >= fewest_requests(QUANTILES[field])


def _is_bound(field: str, value: int | None, timings: Timings, lowest_ns: int | None) -> bool:
    if value is None or lowest_ns is None:
        return False
    return timings.lower_bounds > 0 if field == "mean_ns" else value >= lowest_ns


def _bounded(unit: Unit, value_ns: int | None, is_bound: bool) -> str:
    if value_ns is None:
        return ABSENT
    return f"{'≥' if is_bound else ''}{unit.say(value_ns)}"


def _line(label: str, cells: Sequence[str]) -> str:
    return label.ljust(LABEL) + "".join(cell.rjust(_COLUMN) for cell in cells)
