"""A run for github-action-benchmark, "customSmallerIsBetter": one row a name. Pure."""

import json
from collections.abc import Iterator

from contend.findings.series import Series, series_of
from contend.reports.csv import plain
from contend.runs.record import Run
from contend.stats.estimate import estimate

_US = 1e3


def render(run: Run) -> bytes:
    rows = [row for series in series_of(run) for row in _rows(series)]
    return (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode()


def _rows(series: Series) -> Iterator[dict[str, object]]:
    for name, values_ns in figures(series).items():
        is_bound = name in series.lower_bounds
        found = estimate([one / _US for one in values_ns], is_bound)
        if found is None:
            continue
        row: dict[str, object] = {
            "name": f"{series.name}/{name}",
            "value": float(plain(found.value)),
            "unit": "us",
            "extra": f"n={found.n}{', a lower bound: requests were given up' if is_bound else ''}",
        }
        if found.high is not None:
            row["range"] = f"± {plain(found.high - found.value)}"
        yield row


def figures(series: Series) -> dict[str, list[float]]:
    """Each figure's values, in nanoseconds, the server's CPU among them."""
    values: dict[str, list[float]] = {}
    for one in series.measurements:
        for name, value_ns in one.times_ns.items():
            values.setdefault(name, []).append(value_ns)
        if one.server_cpu_ns is not None:
            values.setdefault(series.cpu, []).append(one.server_cpu_ns)
    return values
