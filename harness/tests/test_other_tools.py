"""Files of other tools: compared where they have several runs, refused where they have one."""

import json
from pathlib import Path

import pytest
from contend.cli import run
from contend.errors import StoreError
from contend.findings.other_tools import read_other
from contend.findings.repeated_pair import compare_repeated

GO = """goos: linux
BenchmarkEncode-2   1000   {0} ns/op   12 B/op
BenchmarkEncode-2   1000   {1} ns/op
BenchmarkEncode-2   1000   {2} ns/op
ok
"""
ONE_RUN = {
    "wrk": "Running 10s test @ http://127.0.0.1:8080/\n  2 threads\nRequests/sec:  52000.11\n",
    "ApacheBench": "This is ApacheBench, Version 2.3\n",
    "hey": "\nSummary:\n  Total:\t2.0 secs\n".lstrip(),
    "vegeta": json.dumps({"latencies": {}, "bytes_in": {}, "success": 1}),
    "k6": json.dumps({"metrics": {}, "root_group": {}}),
    "oha": json.dumps({"summary": {}, "latencyPercentiles": {}}),
    "autocannon": json.dumps({"requests": {}, "throughput": {}, "latency": {}}),
}


def hyperfine(*times: float) -> str:
    return json.dumps({"results": [{"command": "./server", "times": times}]})


def pyperf(*runs: list[float]) -> str:
    benchmark = {"metadata": {"name": "encode"}, "runs": [{"values": one} for one in runs]}
    return json.dumps({"version": "1.0", "benchmarks": [benchmark]})


def google(*times: float) -> str:
    rows = [
        {"name": "BM_Encode", "run_type": "iteration", "real_time": one, "cpu_time": one}
        for one in times
    ]
    return json.dumps({"context": {"json_schema_version": 1}, "benchmarks": rows})


def file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "tool", "name", "values"),
    [
        (GO.format(100, 101, 99), "go test -bench", "BenchmarkEncode-2", (100, 101, 99)),
        (hyperfine(0.1, 0.2), "hyperfine", "./server", (1e8, 2e8)),
        (pyperf([1e-6, 3e-6], [4e-6]), "pyperf", "encode", (2e3, 4e3)),
        (google(5, 6), "Google Benchmark", "BM_Encode/real_time", (5, 6)),
    ],
)
def test_several_runs_are_read(
    tmp_path: Path, text: str, tool: str, name: str, values: tuple[float, ...]
) -> None:
    found = read_other(file(tmp_path / "a", text))
    assert found is not None and found.tool == tool
    assert found.series[0].name == name
    assert found.series[0].values == pytest.approx(values)


@pytest.mark.parametrize("tool", ONE_RUN)
def test_one_run_says_what_is_missing(tmp_path: Path, tool: str) -> None:
    with pytest.raises(StoreError, match=f"one run of {tool}: nothing in it says how another"):
        read_other(file(tmp_path / "a", ONE_RUN[tool]))


@pytest.mark.parametrize(
    "text",
    [hyperfine(0.1, -1), pyperf(["x"]), '{"results":[{"times":[1]}]}'],  # type: ignore[list-item]
)
def test_a_broken_file_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(StoreError, match="JSON: "):
        read_other(file(tmp_path / "a", text))


def test_what_is_no_tools_file_is_none(tmp_path: Path) -> None:
    assert read_other(file(tmp_path / "a", "{}")) is None
    assert read_other(file(tmp_path / "b", "some text")) is None
    assert read_other(tmp_path / "absent") is None


def test_a_difference_beyond_the_spread_is_one_and_another_is_not(tmp_path: Path) -> None:
    before = read_other(file(tmp_path / "a", GO.format(100, 101, 99)))
    slower = read_other(file(tmp_path / "b", GO.format(150, 152, 149)))
    noisy = read_other(file(tmp_path / "c", GO.format(60, 110, 170)))
    assert before is not None and slower is not None and noisy is not None
    (found,) = compare_repeated(before, slower, ("a", "b")).figures
    assert found.comparison.verdict == "slower"
    assert found.comparison.ratio == pytest.approx(1.5, rel=0.02)
    (found,) = compare_repeated(before, noisy, ("a", "c")).figures
    assert found.comparison.verdict == "unresolved"


def test_the_command_compares_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = file(tmp_path / "a.txt", GO.format(100, 101, 99))
    second = file(tmp_path / "b.txt", GO.format(150, 152, 149))
    assert run(["compare", str(first), str(second), "--json", str(tmp_path / "c.json")]) == 0
    said = capsys.readouterr().out
    assert "go test -bench" in said and "slower" in said and "not measured side by side" in said
    document = json.loads((tmp_path / "c.json").read_text())
    assert document["schema"] == "contend.repeated-pair/1"


def test_unlike_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    go, fine = file(tmp_path / "a", GO.format(1, 2, 3)), file(tmp_path / "b", hyperfine(0.1, 0.2))
    assert run(["compare", str(go), str(fine)]) == 2
    assert "they don't time alike" in capsys.readouterr().err
    assert run(["compare", str(go), "latest"]) == 2
    assert "and this is none" in capsys.readouterr().err
    wrk = file(tmp_path / "c", ONE_RUN["wrk"])
    assert run(["compare", str(wrk), str(go)]) == 2
    assert "one run of wrk" in capsys.readouterr().err


def test_one_run_each_can_not_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = file(tmp_path / "a", hyperfine(0.1)), file(tmp_path / "b", hyperfine(0.2))
    assert run(["compare", str(one), str(other)]) == 3
    assert "fewer than 2 runs" in capsys.readouterr().out
