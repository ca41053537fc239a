"""A run as Google Benchmark's JSON, read by compare.py and Bencher among others. Pure.

A row a trial and figure: real_time is the figure, cpu_time the server's CPU a request (or push).
Repetitions are rows of one name, as compare.py's U test wants them. A figure that is a lower bound
says so in its label.
"""

import json
from typing import Any

from contend.findings.series import Measurement, Series, series_of
from contend.runs.record import Run

_LABEL = "a lower bound: requests were given up"


def render(run: Run) -> bytes:
    benchmarks = [row for series in series_of(run) for row in _rows(series)]
    document = {"context": _context(run), "benchmarks": benchmarks}
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def _context(run: Run) -> dict[str, Any]:
    environment = run.header.environment
    return {
        "date": run.header.started,
        "host_name": "",
        "executable": f"contend {environment.software.contend}",
        "num_cpus": environment.machine.cores,
        "mhz_per_cpu": 0,
        "caches": [],
        "load_avg": [],
        "library_build_type": "release",
        "json_schema_version": 1,
        "contend_run": run.id,
        "cpu_model": environment.machine.cpu_model,
        "complete": run.complete,
    }


def _rows(series: Series) -> list[dict[str, Any]]:
    figures = dict.fromkeys(name for one in series.measurements for name in one.times_ns)
    return [
        _row(f"{series.name}/{figure}", figure, index, len(having), one)
        for figure in figures
        for having in [[one for one in series.measurements if figure in one.times_ns]]
        for index, one in enumerate(having)
    ]


def _row(name: str, figure: str, index: int, repetitions: int, one: Measurement) -> dict[str, Any]:
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "repetitions": repetitions,
        "repetition_index": index,
        "threads": 1,
        "iterations": one.requests,
        "real_time": one.times_ns[figure],
        "cpu_time": one.server_cpu_ns or 0.0,
        "time_unit": "ns",
        **({"label": _LABEL} if figure in one.lower_bounds else {}),
    }
