"""A stored run as other tools' files, each read by its reader's rules."""

import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Contend
from contend.findings.series import series_of
from contend.gate.benchmark_file import read_benchmarks
from contend.reports import EXPORTS, export
from contend.runs.record import Run
from contend.runs.store import read_run, run_paths
from contend.suites.suite import Grid
from stored_runs import Fake, small_suite, store, stored_run


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
