"""`contend tables` and `contend compare` on stored runs: bytes, documents, exit codes."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from contend import reports
from contend.cli import run
from contend.runs.record import NotRun, Run
from contend.suites.cells import Cell
from contend.suites.suite import Grid
from msgspec.structs import replace
from stored_runs import ENVIRONMENT, Fake, quick_figures, small_suite, store, stored_run

SMALL = small_suite(grid=(Grid(("node-http", "python-threads", "null"), ("plaintext",)),))


@pytest.fixture(autouse=True)
def tables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots have tests of their own, and take seconds."""
    monkeypatch.setattr(reports, "FORMATS", reports.FORMATS[:2])


def faster(factor: float) -> Callable[[Cell], Fake]:
    def figures(cell: Cell) -> Fake:
        times = factor if cell.backend == "python-threads" else 1.0
        return Fake(goodput_per_s=2000.0 * times, cpu_ns=500_000 / times)

    return figures


def small(factor: float = 1.0, started: str = "2026-01-02T03:04:05Z", **changes: object) -> Run:
    made = stored_run(faster(factor), SMALL, **changes)  # type: ignore[arg-type]
    return replace(made, header=replace(made.header, started=started))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_tables_rebuilds_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = store(stored_run(quick_figures), tmp_path)
    assert run(["tables", "--results", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "1 plaintext: closed, c = 64" in printed and "quick.md" in printed
    first = {name: (tmp_path / "tables" / name).read_bytes() for name in ("quick.md", "quick.csv")}
    for wanted in ("latest", path.stem, path.stem[:20], str(path)):
        for name in first:
            (tmp_path / "tables" / name).unlink()
        assert run(["tables", wanted, "--results", str(tmp_path)]) == 0
        for name, data in first.items():
            assert (tmp_path / "tables" / name).read_bytes() == data


def test_tables_leave_the_readme_alone_for_results_elsewhere(tmp_path: Path) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    before = readme.read_bytes()
    store(stored_run(quick_figures), tmp_path)
    assert run(["tables", "--results", str(tmp_path)]) == 0
    assert readme.read_bytes() == before


def test_tables_document_has_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(small(), tmp_path)
    assert run(["tables", "--results", str(tmp_path), "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "contend.tables/1"
    row = found["tables"][0]["rows"][1]
    assert row["backend"] == "python-threads"
    assert row["comparisons"]["goodput"]["verdict"] == "tie"
    assert row["figures"]["goodput"]["n"] == 5


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (small(complete=False, trials=7), 3),
        (stored_run(lambda cell: Fake(invalid=frozenset(range(9))), SMALL), 3),
        (small(not_run=[NotRun("plaintext", "python-threads", "missing")]), 0),
    ],
)
def test_tables_exit_code_says_whether_the_run_is_evidence(
    tmp_path: Path, made: Run, code: int
) -> None:
    store(made, tmp_path)
    assert run(["tables", "--results", str(tmp_path)]) == code
    assert (tmp_path / "tables" / "quick.csv").exists()


def test_a_run_that_cant_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tables", "--results", str(tmp_path)]) == 2
    assert re.fullmatch(r"contend: .*no stored runs; try contend suite\n", said(capsys))
    path = store(small(), tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"ok":', b'"ko":', 1))
    assert run(["tables", "--results", str(tmp_path)]) == 2
    assert re.fullmatch(r"contend: .*line \d+ has been changed.*\n", said(capsys))


def test_compare_judges_the_second_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = store(small(), tmp_path)
    second = store(small(2.0, "2026-02-02T03:04:05Z"), tmp_path)
    command = ["compare", first.stem, second.stem, "--results", str(tmp_path)]
    assert run([*command, "--json", str(tmp_path / "found.json")]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"python-threads +goodput, /s +2,000 +4,000 +5 +2\.00. .* faster", printed)
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["schema"] == "contend.comparison/1" and not found["through_null"]
    verdicts = {
        (row["backend"], name): pair["comparison"]["verdict"]
        for row in found["tables"][0]["rows"]
        for name, pair in row["figures"].items()
    }
    assert verdicts == {
        ("node-http", "goodput"): "tie",
        ("node-http", "server_cpu_per_request"): "tie",
        ("python-threads", "goodput"): "faster",
        ("python-threads", "server_cpu_per_request"): "faster",
        ("null", "goodput"): "tie",
        ("null", "server_cpu_per_request"): "tie",
    }
    assert run(["compare", second.stem, first.stem, "--results", str(tmp_path)]) == 0
    assert "slower" in capsys.readouterr().out


def other_machine(factor: float) -> Run:
    machine = replace(ENVIRONMENT.machine, cpu_model="Another processor")
    return small(factor, "2026-02-02T03:04:05Z", environment=replace(ENVIRONMENT, machine=machine))


def test_machines_that_differ_are_related_through_their_null_servers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = store(small(), tmp_path), store(other_machine(2.0), tmp_path)
    assert run(["compare", first.stem, second.stem, "--results", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "each figure is a ratio to its own run's null" in printed
    assert "cpu model: A processor of 2 GHz, now Another processor" in printed
    assert re.search(r"python-threads +goodput, . null +1\.0 +2\.0 .*faster", printed)
    assert not re.search(r"^null ", printed, re.MULTILINE)


def test_machines_that_differ_without_null_servers_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = small_suite(grid=(Grid(("node-http", "python-threads"), ("plaintext",)),))
    first = stored_run(faster(1.0), suite)
    machine = replace(ENVIRONMENT.machine, cores=4)
    second = stored_run(faster(1.0), suite, environment=replace(ENVIRONMENT, machine=machine))
    stored = [store(one, tmp_path) for one in (first, second)]
    assert run(["compare", *(str(one) for one in stored)]) == 2
    assert re.fullmatch(r"contend: .*machines differ \(cores: 2, now 4\).*; try .*\n", said(capsys))


def test_software_and_conditions_that_differ_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    software = replace(ENVIRONMENT.software, versions={"python": "3.11.2", "node": "27.0.0"})
    later = small(environment=replace(ENVIRONMENT, software=software))
    notes = dict(later.header.backends)
    notes["node-http"] = replace(notes["node-http"], sha256="dd", runtime="C 2")
    later = replace(later, header=replace(later.header, backends=notes, generator_cores=(0, 2)))
    stored = [str(store(one, tmp_path)) for one in (small(), later)]
    assert run(["compare", *stored]) == 0
    printed = capsys.readouterr().out
    for line in (
        "differs: node: 26.0.0, now 27.0.0",
        "differs: node-http runs on: C 1, now C 2",
        "differs: node-http: its files have changed",
        "differs: generator cores: [0], now [0, 2]",
    ):
        assert line in printed


def test_a_changed_contract_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = small()
    notes = {name: replace(note, sha256="ee") for name, note in later.header.workloads.items()}
    later = replace(later, header=replace(later.header, workloads=notes))
    stored = [str(store(one, tmp_path)) for one in (small(), later)]
    assert run(["compare", *stored]) == 3
    assert "not compared: its contract has changed" in capsys.readouterr().out


def test_incomplete_runs_are_compared_and_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = store(small(), tmp_path)
    second = store(small(complete=False, started="2026-03-02T03:04:05Z"), tmp_path)
    assert run(["compare", str(first), str(second)]) == 3
    assert f"{second.stem} is incomplete" in capsys.readouterr().out


def test_runs_without_a_common_cell_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = small_suite(grid=(Grid(("node-http",), ("json",)),))
    stored = [str(store(one, tmp_path)) for one in (small(), stored_run(faster(1.0), suite))]
    assert run(["compare", *stored]) == 2
    assert "no cell in common" in said(capsys)
