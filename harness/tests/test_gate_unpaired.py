"""Google Benchmark's JSON on either side of a gate: an unpaired comparison, always advisory."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Contend
from contend.errors import StoreError
from contend.findings.benchmark_file import Benchmarks, read_benchmarks
from contend.gate.document import INCONCLUSIVE, PASS, REGRESSION
from contend.gate.unpaired import decide_unpaired
from contend.reports import gate_junit, gate_text

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
    assert found.times == {"a/real_time": (3000.0, 4000.0), "a/cpu_time": (1500.0, 2000.0)}


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


def times(factor: float) -> Benchmarks:
    return Benchmarks({"a/real_time": tuple(100 * factor * one for one in SCATTER)})


def test_its_verdicts_are_advisory() -> None:
    assert decide_unpaired(times(1), times(1)).verdict == PASS
    worse = decide_unpaired(times(1), times(1.2))
    assert worse.verdict == REGRESSION and worse.advisory
    assert worse.metrics[0].ratio == pytest.approx(1.2)
    assert decide_unpaired(times(1), times(1.05)).verdict == INCONCLUSIVE
    assert "measured apart" in worse.reasons[0]


@pytest.mark.parametrize(
    ("time_ns", "head", "shown"),
    [
        (99.2, "a, ns", "99.2"),
        (5_000, "a, µs", "5.00"),
        (7.5e6, "a, ms", "7.50"),
        (2e12, "a, s", "2,000"),
    ],
)
def test_a_time_is_shown_in_the_unit_that_fits(time_ns: float, head: str, shown: str) -> None:
    made = Benchmarks({"a": (time_ns, time_ns)})
    found = decide_unpaired(made, made)
    cells = [one.strip() for one in gate_text.markdown(found).splitlines()[6].split("|")]
    assert cells[1:4] == [head, shown, shown]
    assert f"{head}  " in gate_text.render(found)[1].plain


def test_one_repetition_gates_nothing() -> None:
    found = decide_unpaired(Benchmarks({"a": (1.0,), "b": (1.0,)}), Benchmarks({"a": (2.0,)}))
    assert found.verdict == INCONCLUSIVE and found.metrics[0].ratio == 2
    assert found.metrics[0].low is None
    assert found.reasons[-1] == "1 names are on one side alone, such as b"


def side(path: Path, *others: dict[str, Any]) -> Benchmarks:
    return read_benchmarks(file(path, [*(row("a", 100 * one) for one in SCATTER), *others]))


FAILED = row("b", 0.0, error_occurred=True, error_message="no answer")
SKIPPED = row("b", 0.0, skipped=True, skip_message="no AVX")
MEASURED = [row("b", 7.0 * one) for one in SCATTER]


def test_what_failed_in_the_candidate_never_passes(tmp_path: Path) -> None:
    baseline = side(tmp_path / "old", *MEASURED)
    assert decide_unpaired(baseline, baseline).verdict == PASS
    some = [FAILED, *MEASURED[1:]]  # in one repetition
    for rows in ([FAILED], some):
        found = decide_unpaired(baseline, side(tmp_path / "new", *rows))
        assert found.verdict == INCONCLUSIVE
        assert found.reasons[-1] == "b can't be judged: it failed in the candidate: no answer"
        failed = found.metrics[-1]
        assert (failed.name, failed.ratio, failed.verdict) == ("b", None, INCONCLUSIVE)
        assert failed.reason == "it failed in the candidate: no answer"
        assert "one side alone" not in str(found.reasons)
        assert "b" in gate_junit.render(found).decode() and "no answer" in gate_text.markdown(found)
    both = side(tmp_path / "both", FAILED)
    assert decide_unpaired(both, both).verdict == INCONCLUSIVE


def test_a_candidate_in_which_all_failed_is_read(tmp_path: Path) -> None:
    failed = read_benchmarks(file(tmp_path / "new.json", [FAILED]))
    assert failed.times == {} and failed.failed == {"b": "no answer"}
    found = decide_unpaired(side(tmp_path / "old.json", *MEASURED), failed)
    assert found.verdict == INCONCLUSIVE and "b can't be judged" in found.reasons[-1]


def test_what_failed_in_the_baseline_is_named_and_left_out(tmp_path: Path) -> None:
    found = decide_unpaired(side(tmp_path / "old", FAILED), side(tmp_path / "new", *MEASURED))
    assert found.verdict == PASS
    assert found.reasons[-1] == "b is left out: it failed in the baseline: no answer"
    assert [one.name for one in found.metrics] == ["a/real_time", "a/cpu_time"]


def test_what_is_skipped_is_named(tmp_path: Path) -> None:
    skipped, measured = side(tmp_path / "old", SKIPPED), side(tmp_path / "new", *MEASURED)
    now = decide_unpaired(measured, skipped)
    assert now.verdict == INCONCLUSIVE
    assert now.reasons[-1] == "b can't be judged: the candidate skipped it: no AVX"
    for found in (decide_unpaired(skipped, measured), decide_unpaired(skipped, skipped)):
        assert found.verdict == PASS
        assert found.reasons[-1] == "b is left out: the baseline skipped it: no AVX"


def test_the_command_says_what_failed(tmp_path: Path, contend: Contend) -> None:
    rows = [row("serve", 100 * one) for one in SCATTER]
    old = file(tmp_path / "old.json", [*rows, *MEASURED])
    new = file(tmp_path / "new.json", [*rows, FAILED])
    done = contend("gate", "--baseline-json", str(old), "--candidate-json", str(new))
    assert done.code == 3
    assert "b can't be judged: it failed in the candidate: no answer" in done.out


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
