"""Google Benchmark's JSON on either side of a gate: an unpaired comparison, always advisory."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Contend
from contend.errors import StoreError
from contend.gate.benchmark_file import read_benchmarks
from contend.gate.document import INCONCLUSIVE, PASS, REGRESSION
from contend.gate.unpaired import decide_unpaired

SCATTER = (0.99, 1.0, 1.01, 1.0, 0.995, 1.005, 1.0, 0.99, 1.01)


def row(name: str, time: float, **others: Any) -> dict[str, Any]:
    return {"name": name, "real_time": time, "cpu_time": time / 2, "time_unit": "us"} | others


def file(path: Path, rows: list[dict[str, Any]], version: int = 1) -> Path:
    document = {"context": {"json_schema_version": version}, "benchmarks": rows}
    path.write_text(json.dumps(document))
    return path


def test_times_are_read_in_nanoseconds_without_aggregates(tmp_path: Path) -> None:
    rows = [row("a", 3.0), row("a", 4.0), row("a_mean", 3.5, run_type="aggregate")]
    found = read_benchmarks(file(tmp_path / "a.json", rows))
    assert found == {"a/real_time": (3000.0, 4000.0), "a/cpu_time": (1500.0, 2000.0)}


@pytest.mark.parametrize(
    ("rows", "version", "said"),
    [
        ([], 1, "it has no measured row"),
        ([row("a", float("nan"))], 1, "NaN is no time"),
        ([row("a", -1.0)], 1, "a: real_time is -1.0"),
        ([{"name": "a"}], 1, "'real_time'"),
        ([row("a", 1.0, time_unit="years")], 1, "'years'"),
        ([row("a", 1.0)], 2, "its schema version is 2, and 1 is read"),
    ],
)
def test_what_is_no_such_file_is_named(
    tmp_path: Path, rows: list[dict[str, Any]], version: int, said: str
) -> None:
    with pytest.raises(StoreError, match=said):
        read_benchmarks(file(tmp_path / "a.json", rows, version))


def times(factor: float) -> dict[str, tuple[float, ...]]:
    return {"a/real_time": tuple(100 * factor * one for one in SCATTER)}


def test_its_verdicts_are_advisory() -> None:
    assert decide_unpaired(times(1), times(1)).verdict == PASS
    worse = decide_unpaired(times(1), times(1.2))
    assert worse.verdict == REGRESSION and worse.advisory
    assert worse.metrics[0].ratio == pytest.approx(1.2)
    assert decide_unpaired(times(1), times(1.05)).verdict == INCONCLUSIVE
    assert "measured apart" in worse.reasons[0]


def test_one_repetition_gates_nothing() -> None:
    found = decide_unpaired({"a": (1.0,), "b": (1.0,)}, {"a": (2.0,)})
    assert found.verdict == INCONCLUSIVE and found.metrics[0].ratio == 2
    assert found.metrics[0].low is None
    assert found.reasons[-1] == "1 names are on one side alone, such as b"


def test_the_command_compares_two_files(tmp_path: Path, contend: Contend) -> None:
    sides = [
        file(tmp_path / f"{factor}.json", [row("serve", 100 * factor * one) for one in SCATTER])
        for factor in (1.0, 1.3)
    ]
    options = ("--baseline-json", str(sides[0]), "--candidate-json", str(sides[1]))
    done = contend("gate", *options)
    assert done.code == 1
    assert "serve/real_time" in done.out
    assert "Measured apart, not in paired blocks, so advisory" in done.out
    assert "certificate" not in done.out
    assert contend("gate", "--baseline-json", str(sides[0])).code == 2
    assert contend("gate", *options, "--rate", "5").code == 2
