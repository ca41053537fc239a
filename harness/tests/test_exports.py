"""A stored run as other tools' files, each read by its reader's rules."""

import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Contend
from contend.findings.benchmark_file import read_benchmarks
from contend.findings.series import series_of
from contend.findings.tables import build_tables
from contend.reports import EXPORTS, export
from contend.runs.record import Run
from contend.runs.store import read_run, run_paths
from contend.suites.suite import Grid
from stored_runs import MS_NS, Fake, quick_figures, small_suite, store, stored_run


def run() -> Run:
    return stored_run(lambda cell: Fake(goodput_per_s=500.0 if cell.backend == "null" else 1000.0))


def document(name: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in {name}")

    return json.loads(export(name, run()), parse_constant=refuse)


def test_google_benchmark_has_a_row_a_trial_and_figure() -> None:
    """compare.py's rules: name, real_time, cpu_time, time_unit; repetitions share a name."""
    found = document("google-benchmark")
    assert found["context"]["json_schema_version"] == 1
    assert {"date", "num_cpus", "library_build_type"} <= set(found["context"])
    rows = found["benchmarks"]
    names = [row["name"] for row in rows]
    assert names.count("plaintext/node-http/closed-c64/per-request") == 5
    assert names.count("plaintext/node-http/poisson-1000-c64/p99") == 5
    for row in rows:
        assert row["run_type"] == "iteration" and row["time_unit"] == "ns"
        assert all(math.isfinite(row[kind]) and row[kind] > 0 for kind in ("real_time", "cpu_time"))
        assert row["iterations"] > 0 and row["repetition_index"] < row["repetitions"]
    closed = next(row for row in rows if row["name"].endswith("closed-c64/per-request"))
    assert closed["real_time"] == pytest.approx(1e6)


def test_the_gate_reads_it_too(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(export("google-benchmark", run()))
    found = read_benchmarks(path).times
    assert len(found["plaintext/node-http/closed-c64/per-request/real_time"]) == 5


def test_github_action_benchmark_has_one_row_a_name() -> None:
    found = document("github-action-benchmark")
    names = [row["name"] for row in found]
    assert len(set(names)) == len(names)
    for row in found:
        assert set(row) <= {"name", "value", "unit", "range", "extra"}
        assert isinstance(row["value"], float) and row["unit"] == "us"
    row = next(one for one in found if one["name"] == "plaintext/node-http/closed-c64/per-request")
    assert row["value"] == pytest.approx(1000, rel=0.01)
    assert row["range"].startswith("± ") and row["extra"] == "n=5"


def test_bencher_has_a_measure_with_its_bounds() -> None:
    found = document("bencher")
    measure = found["plaintext/node-http/poisson-1000-c64"]["latency-p99"]
    assert measure["lower_value"] < measure["value"] < measure["upper_value"]
    assert found["plaintext/node-http/closed-c64"]["time-per-request"]["value"] > 0


def lines() -> list[str]:
    return export("benchstat", run()).decode().splitlines()


def test_benchstat_has_a_line_a_trial() -> None:
    rows = [line for line in lines() if line.startswith("Benchmark")]
    head = [line for line in lines() if line not in rows]
    assert all(re.match(r"[a-z][^ ]*: .", line) for line in head)
    for line in rows:
        name, iterations, *values = re.split(r"[ \t]+", line)
        assert re.fullmatch(r"Benchmark[A-Z]\w*(/[\w-]+=[\w.%-]+)*-\d+", name), name
        assert int(iterations) > 0 and values and len(values) % 2 == 0
        assert all(float(value) > 0 for value in values[::2])
    closed = [line for line in rows if "srv=node-http/load=closed-c64" in line]
    assert len(closed) == 5 * 2 and "ns/op" in closed[0] and "cpu-ns/op" in closed[0]


@pytest.mark.skipif(shutil.which("benchstat") is None, reason="benchstat is not installed")
def test_benchstat_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_text("\n".join(lines()) + "\n")
    done = subprocess.run(["benchstat", str(path)], capture_output=True, text=True, check=True)
    assert "node-http" in done.stdout


@pytest.mark.parametrize("name", EXPORTS)
def test_the_command_writes_each_and_nothing_else(
    name: str, tmp_path: Path, contend: Contend
) -> None:
    store(run(), tmp_path)
    done = contend("tables", "latest", "--as", name, "--results", str(tmp_path))
    assert done.code == 0
    assert done.out.encode() == export(name, read_run(run_paths(tmp_path)[0]))
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert len(run_paths(tmp_path)) == 1


def test_an_unknown_format_is_named(tmp_path: Path, contend: Contend) -> None:
    store(run(), tmp_path)
    done = contend("tables", "latest", "--as", "xml", "--results", str(tmp_path))
    assert done.code == 2 and "no format 'xml'; try google-benchmark" in done.complaint


# A cell of the tables, with its exports' name for each of the tables' figures.
NAMES = {"p50": "p50", "p99": "p99", "p99_of_json": "p99-of-json", "p99_of_event": "p99-of-event"}


def of_run(name: str, made: Run) -> Any:
    return json.loads(export(name, made))


def pushing() -> Run:
    grid = (
        Grid(("node-http",), ("plaintext",)),
        Grid(("node-http",), ("plaintext",), "constant", rates=(9000.0,)),
    )
    fake = Fake(9000.0, classes=("json", "event"), cheap_p99_ns=2 * MS_NS, pushed=True)
    return stored_run(lambda cell: fake, small_suite(grid=grid))


def giving_up() -> Run:
    """Of one server, whose p99 falls among timeouts."""
    return stored_run(lambda cell: Fake(lower_bounds=30 * (cell.backend == "node-http")))


@pytest.mark.parametrize(
    "made", [run, pushing, giving_up, lambda: stored_run(quick_figures)], ids=str
)
def test_exports_have_the_figures_of_the_tables(made: Callable[[], Run]) -> None:
    stored = made()
    measures = of_run("bencher", stored)
    compared = 0
    rows = [(table, row) for table in build_tables(stored).tables for row in table.rows]
    assert set(measures) == {f"{a.workload}/{b.backend}/{a.load}" for a, b in rows if b.figures}
    for table, row in rows:
        found = measures.get(f"{table.workload}/{row.backend}/{table.load}", {})
        for name, exported in NAMES.items():
            figure = row.figures.get(name)
            assert (figure is None) == (f"latency-{exported}" not in found)
            if figure is not None:
                shown = found[f"latency-{exported}"]
                assert shown["value"] == pytest.approx(figure.value * MS_NS, rel=1e-3)
                assert ("upper_value" in shown) == (figure.high is not None)
                compared += 1
    assert compared >= 3


def test_what_is_pushed_is_apart_in_every_format() -> None:
    stored = pushing()
    for series in series_of(stored):
        closed = series.load == "closed-c64"
        names = ["per-request", "p99-of-event"] if closed else ["p99-of-json", "p99-of-event"]
        for one in series.measurements:
            assert list(one.times_ns) == names
            assert one.times_ns["p99-of-event"] > 2 * MS_NS
    assert "cpu-per-request-or-push" in of_run("bencher", stored)["plaintext/node-http/closed-c64"]
    every = {row["name"].rpartition("/")[2] for row in of_run("github-action-benchmark", stored)}
    assert every == {"per-request", "p99-of-json", "p99-of-event", "cpu-with-pushes"}
    text = export("benchstat", stored).decode()
    assert " p99-of-event-ns" in text and "cpu-ns/op-or-push" in text
    assert "cpu-ns/op\n" not in text


def test_lower_bounds_are_marked_where_a_format_can_say_so() -> None:
    stored = giving_up()
    of_node, of_python = (
        next(one for one in series_of(stored) if one.backend == name and "poisson" in one.load)
        for name in ("node-http", "python-threads")
    )
    assert {"p99"} <= of_node.lower_bounds and "p50" not in of_node.lower_bounds
    assert not of_python.lower_bounds

    measures = of_run("bencher", stored)[of_node.name]
    assert set(measures["latency-p99"]) == {"value", "lower_value"}
    assert set(measures["latency-p50"]) == {"value", "lower_value", "upper_value"}

    rows = {row["name"]: row for row in of_run("github-action-benchmark", stored)}
    bound, known = rows[f"{of_node.name}/p99"], rows[f"{of_node.name}/p50"]
    assert "range" not in bound and "range" in known
    assert bound["extra"] == "n=5, a lower bound: requests were given up"
    assert known["extra"] == "n=5"

    labels = {
        (row["name"].rpartition("/")[2], row.get("label"))
        for row in of_run("google-benchmark", stored)["benchmarks"]
        if row["name"].startswith(of_node.name)
    }
    assert ("p99", "a lower bound: requests were given up") in labels
    assert ("p50", None) in labels and ("p99", None) not in labels

    said = export("benchstat", stored).decode().splitlines()
    line = next(one for one in said if f"srv=node-http/load={of_node.load}" in one)
    assert "p99-at-least-ns" in line and "p50-ns" in line
    line = next(one for one in said if f"srv=python-threads/load={of_node.load}" in one)
    assert "at-least" not in line


def test_a_row_without_figures_is_in_no_export() -> None:
    """Too few of its trials are valid to stand for it."""
    mostly = frozenset(range(1, 20)) - {3}
    stored = stored_run(
        lambda cell: Fake(invalid=mostly if cell.backend == "node-http" else frozenset())
    )
    for name in EXPORTS:
        text = export(name, stored).decode()
        assert "python-threads" in text and "node-http" not in text, name


def in_blocks() -> Run:
    grids = (
        Grid(("node-http", "null"), ("plaintext",), measure="blocks"),
        Grid(("node-http",), ("plaintext",), "poisson", rates=(2000.0,), measure="blocks"),
    )
    return stored_run(lambda cell: Fake(goodput_per_s=2400.0), small_suite(grid=grids))


def test_a_block_is_a_measurement_of_its_lanes() -> None:
    found = {one.name: one.measurements for one in series_of(in_blocks())}
    assert set(found) == {
        "plaintext/node-http/closed-c64",
        "plaintext/node-http/poisson-2000-c64",
        "plaintext/null/closed-c64",
    }
    assert {len(one) for one in found.values()} == {5}
    for one in found["plaintext/node-http/closed-c64"]:
        assert set(one.times_ns) == {"per-request"} and one.requests > 1700
        assert one.times_ns["per-request"] == pytest.approx(1e9 / 2400, rel=0.02)
        assert one.server_cpu_ns == pytest.approx(50_000, rel=0.02)
    for one in found["plaintext/node-http/poisson-2000-c64"]:
        assert one.times_ns["p50"] == pytest.approx(1e6, rel=0.02)
        assert one.times_ns["p99"] == pytest.approx(5e6, rel=0.02)
        assert "p99.9" in one.times_ns, "of all its bursts"


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_has_runs_in_blocks(name: str) -> None:
    assert b"node-http" in export(name, in_blocks())
