"""Google Benchmark's JSON, from any program that writes it: rows of times by name."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contend.errors import StoreError

_VERSION = 1
_NS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
TIMES = ("real_time", "cpu_time")


def read_benchmarks(path: Path) -> dict[str, tuple[float, ...]]:
    """Times in nanoseconds by `name/real_time` and `name/cpu_time`, a value a repetition.

    Raises StoreError for a file that is none, of another schema version, or with a time that is no
    number; aggregates are left out.
    """
    try:
        document = json.loads(path.read_bytes(), parse_constant=_refuse)
        return dict(_times(document))
    except OSError as error:
        raise StoreError(str(path), f"can't be read: {error.strerror}", "another file") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        why = f"no Google Benchmark JSON: {error}"
        raise StoreError(str(path), why, "--benchmark_out_format=json") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no time")


def _times(document: Mapping[str, Any]) -> Mapping[str, tuple[float, ...]]:
    version = document["context"].get("json_schema_version", _VERSION)
    if version != _VERSION:
        raise ValueError(f"its schema version is {version}, and {_VERSION} is read")
    found: dict[str, tuple[float, ...]] = {}
    for row in document["benchmarks"]:
        if row.get("run_type", "iteration") != "iteration" or row.get("error_occurred"):
            continue
        for kind in TIMES:
            name, time_ns = f"{row['name']}/{kind}", _time_ns(row, kind)
            if time_ns:  # of nothing measured there is no ratio
                found[name] = (*found.get(name, ()), time_ns)
    if not found:
        raise ValueError("it has no measured row")
    return found


def _time_ns(row: Mapping[str, Any], kind: str) -> float:
    value = row[kind]
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{row['name']}: {kind} is {value!r}")
    return float(value) * _NS[row.get("time_unit", "ns")]
