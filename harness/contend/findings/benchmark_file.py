"""Google Benchmark's JSON, from any program that writes it: rows of times by name, and the
benchmarks that failed or were skipped."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contend.errors import StoreError

_VERSION = 1
_NS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
TIMES = ("real_time", "cpu_time")


@dataclass(frozen=True)
class Benchmarks:
    # In nanoseconds by `name/real_time` and `name/cpu_time`, a value a repetition.
    times: Mapping[str, tuple[float, ...]]
    # What it said, by the benchmark's name. One of whose repetitions some failed has no times.
    failed: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)


def read_benchmarks(path: Path) -> Benchmarks:
    """Raises StoreError for a file that is none, of another schema version, or with a time that is
    no number; aggregates are left out."""
    try:
        return _benchmarks(json.loads(path.read_bytes(), parse_constant=_refuse))
    except OSError as error:
        raise StoreError(str(path), f"can't be read: {error.strerror}", "another file") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        why = f"no Google Benchmark JSON: {error}"
        raise StoreError(str(path), why, "--benchmark_out_format=json") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no time")


def _benchmarks(document: Mapping[str, Any]) -> Benchmarks:
    version = document["context"].get("json_schema_version", _VERSION)
    if version != _VERSION:
        raise ValueError(f"its schema version is {version}, and {_VERSION} is read")
    rows = [row for row in document["benchmarks"] if _is_repetition(row)]
    failed = _unmeasured(rows, "error_occurred", "error_message")
    skipped = _unmeasured(rows, "skipped", "skip_message")
    times: dict[str, tuple[float, ...]] = {}
    for row in rows:
        if row["name"] in failed or row["name"] in skipped:
            continue
        for kind in TIMES:
            name, time_ns = f"{row['name']}/{kind}", _time_ns(row, kind)
            if time_ns:  # of nothing measured there is no ratio
                times[name] = (*times.get(name, ()), time_ns)
    if not times and not failed and not skipped:
        raise ValueError("it has no measured row")
    return Benchmarks(times, failed, skipped)


def _is_repetition(row: Mapping[str, Any]) -> bool:
    kind: str = row.get("run_type", "iteration")
    return kind == "iteration"


def _unmeasured(rows: Sequence[Mapping[str, Any]], mark: str, message: str) -> dict[str, str]:
    return {str(row["name"]): str(row.get(message, "")) for row in rows if row.get(mark)}


def _time_ns(row: Mapping[str, Any], kind: str) -> float:
    value = row[kind]
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{row['name']}: {kind} is {value!r}")
    return float(value) * _NS[row.get("time_unit", "ns")]
