"""A run in Bencher's metric format: a benchmark a cell, a measure a figure. Pure."""

import json

from contend.findings.series import CPU, CPU_PER_ANY, PER_REQUEST, Series, series_of
from contend.reports.csv import plain
from contend.reports.github_benchmark import figures
from contend.runs.record import Run
from contend.stats.estimate import estimate

_MEASURES = {
    PER_REQUEST: "time-per-request",
    CPU: "cpu-per-request",
    CPU_PER_ANY: "cpu-per-request-or-push",
}


def render(run: Run) -> bytes:
    document = {series.name: _measures(series) for series in series_of(run)}
    return (json.dumps(document, indent=1) + "\n").encode()


def _measures(series: Series) -> dict[str, dict[str, float]]:
    found = {}
    for name, values_ns in figures(series).items():
        one = estimate(values_ns, name in series.lower_bounds)
        if one is None:
            continue
        measure = {"value": float(plain(one.value))}
        if one.low is not None:
            measure["lower_value"] = float(plain(one.low))
        if one.high is not None:  # a lower bound has none
            measure["upper_value"] = float(plain(one.high))
        found[_MEASURES.get(name, f"latency-{name}")] = measure
    return found
