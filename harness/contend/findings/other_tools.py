"""Result files of other tools: those that have several runs of each thing, which can be compared,
and those of one run, which can't, since nothing in them says how another run would differ. Pure but
for reading the file.

Read are Google Benchmark's JSON, hyperfine's, pyperf's, and the text of `go test -bench`.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from contend.errors import StoreError
from contend.findings.benchmark_file import read_benchmarks

_NS_PER_S = 1e9
# Of one run each: how each is known, and its name.
_ONE_RUN_JSON = {
    "autocannon": ("requests", "throughput", "latency"),
    "k6": ("metrics", "root_group"),
    "vegeta": ("latencies", "bytes_in", "success"),
    "oha": ("summary", "latencyPercentiles"),
    "fortio": ("DurationHistogram", "ActualQPS"),
    "bombardier": ("spec", "result"),
}
_ONE_RUN_TEXT = {
    "wrk": re.compile(r"^Running .* test @ ", re.MULTILINE),
    "ApacheBench": re.compile(r"^This is ApacheBench", re.MULTILINE),
    "hey": re.compile(r"^Summary:\n\s+Total:", re.MULTILINE),
    "h2load": re.compile(r"^finished in .* req/s", re.MULTILINE),
    "HdrHistogram": re.compile(
        r"^\s*Value\s+Percentile\s+TotalCount|^#\[Histogram log", re.MULTILINE
    ),
}
_GO = re.compile(r"^(Benchmark\S+)\s+\d+\s+([\d.]+) ns/op", re.MULTILINE)


class Repeated(msgspec.Struct, frozen=True):
    """A time in nanoseconds, a value a run."""

    name: str
    values: tuple[float, ...]


class OtherFile(msgspec.Struct, frozen=True):
    tool: str
    series: tuple[Repeated, ...]


def read_other(path: Path) -> OtherFile | None:
    """None where it is no file of a tool that is known. Raises StoreError for one of a single run,
    saying what is missing, and for one that is broken."""
    try:
        data = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise StoreError(str(path), f"can't be read: {error.strerror}", "another file") from None
    text = data.decode("utf-8", "replace")
    document = _json(text)
    if document is None:
        return _of_text(path, text)
    if "benchmarks" in document and "context" in document:
        times = read_benchmarks(path).times
        return _found("Google Benchmark", {name: list(values) for name, values in times.items()})
    for tool, reader in _READERS.items():
        if (series := _tried(path, tool, reader, document)) is not None:
            return _found(tool, series)
    for tool, keys in _ONE_RUN_JSON.items():
        if all(key in document for key in keys):
            raise _one_run(path, tool)
    return None


def _of_text(path: Path, text: str) -> OtherFile | None:
    series: dict[str, list[float]] = {}
    for name, value in _GO.findall(text):
        series.setdefault(name, []).append(float(value))
    if series:
        return _found("go test -bench", series)
    for tool, known in _ONE_RUN_TEXT.items():
        if known.search(text):
            raise _one_run(path, tool)
    return None


def _one_run(path: Path, tool: str) -> StoreError:
    why = f"it is one run of {tool}: nothing in it says how another run would differ"
    mend = "a run of contend load each, or contend gate, which measures both side by side"
    return StoreError(str(path), why, mend)


def _json(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _tried(
    path: Path,
    tool: str,
    reader: Callable[[Mapping[str, Any]], Iterator[tuple[str, list[float]]] | None],
    document: Mapping[str, Any],
) -> dict[str, list[float]] | None:
    try:
        found = reader(document)
        return None if found is None else dict(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(str(path), f"no {tool} JSON: {error}", "another file") from None


def _hyperfine(document: Mapping[str, Any]) -> Iterator[tuple[str, list[float]]] | None:
    results = document.get("results")
    if not isinstance(results, list) or not results or "times" not in results[0]:
        return None
    return ((str(one["command"]), _ns(one["times"])) for one in results)


def _pyperf(document: Mapping[str, Any]) -> Iterator[tuple[str, list[float]]] | None:
    """A process is a run: the mean of its values."""
    if "benchmarks" not in document or "version" not in document:
        return None
    shared = document.get("metadata", {}).get("name", "")
    return ((_name(one, shared), _means(one)) for one in document["benchmarks"])


def _name(benchmark: Mapping[str, Any], shared: str) -> str:
    return str(benchmark.get("metadata", {}).get("name", shared)) or "benchmark"


def _means(benchmark: Mapping[str, Any]) -> list[float]:
    runs = [_ns(run["values"]) for run in benchmark["runs"] if run.get("values")]
    return [sum(values) / len(values) for values in runs]


_READERS = {"hyperfine": _hyperfine, "pyperf": _pyperf}


def _ns(seconds: list[Any]) -> list[float]:
    values = [float(one) * _NS_PER_S for one in seconds]
    if not all(math.isfinite(one) and one > 0 for one in values):
        raise ValueError("a time is no positive number")
    return values


def _found(tool: str, series: Mapping[str, list[float]]) -> OtherFile:
    return OtherFile(tool, tuple(Repeated(name, tuple(values)) for name, values in series.items()))
