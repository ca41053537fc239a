"""`contend tables` and `contend compare` on stored runs: bytes, documents, exit codes."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Contend
from contend import reports
from contend.cli import run
from contend.findings.tables import build_tables
from contend.runs.record import NotRun, Run
from contend.runs.store import read_run
from contend.suites.cells import Cell
from contend.suites.suite import Grid
from contend.trials.conditions import Conditions
from contend.trials.validity import Limits, Setting
from msgspec.structs import replace
from stored_runs import ENVIRONMENT, Fake, quick_figures, small_suite, store, stored_run

SMALL = small_suite(grid=(Grid(("node-http", "python-threads", "null"), ("plaintext",)),))


@pytest.fixture(autouse=True)
def tables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots have tests of their own, and take seconds."""
    monkeypatch.setattr(reports, "FORMATS", reports.FORMATS[:2])


def faster(factor: float, invalid: frozenset[int] = frozenset()) -> Callable[[Cell], Fake]:
    def figures(cell: Cell) -> Fake:
        times = factor if cell.backend == "python-threads" else 1.0
        return Fake(goodput_per_s=2000.0 * times, cpu_ns=500_000 / times, invalid=invalid)

    return figures


def small(
    factor: float = 1.0,
    started: str = "2026-01-02T03:04:05Z",
    invalid: frozenset[int] = frozenset(),
    **changes: object,
) -> Run:
    made = stored_run(faster(factor, invalid), SMALL, **changes)  # type: ignore[arg-type]
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


def with_conditions(run: Run) -> Run:
    """Of a cell's first trial a thousandth of the time was stolen, of its second two, and so on."""
    trials = []
    for one in run.trials:
        assert one.document is not None
        counts = one.document.requests
        found = Conditions(
            duration_ns=one.document.duration_ns,
            outcomes={"ok": counts.ok},
            sent=counts.ok,
            completed_ok=counts.ok,
            scheduled=counts.ok,
            ok=counts.ok,
            stolen_share=one.planned.repetition / 1000,
        )
        trials.append(replace(one, conditions=found, setting=Setting("closed", None)))
    return replace(run, trials=tuple(trials))


def test_a_changed_rule_changes_the_tables_without_measuring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def rows(limits: Limits | None = None) -> list[tuple[str, int, tuple[str, ...]]]:
        capsys.readouterr()
        run(["tables", "--results", str(tmp_path), "--json", "-"], limits)
        (table,) = json.loads(capsys.readouterr().out)["tables"]
        return [(one["backend"], one["n"], tuple(one["notes"])) for one in table["rows"]]

    path = store(with_conditions(small()), tmp_path)
    stored = path.read_bytes()
    every = [("node-http", 5, ()), ("python-threads", 5, ()), ("null", 5, ())]
    assert rows() == every
    assert rows(Limits(stolen_share=0.004)) == [
        (
            name,
            4,
            (
                "trial 5 inconclusive: 0.5% of the machine's CPU time was stolen by its host, "
                "more than 0%",
            ),
        )
        for name, _, _ in every
    ]
    assert run(["tables", "--results", str(tmp_path)], Limits(stolen_share=-1.0)) == 3
    assert path.read_bytes() == stored, "and changes nothing that is stored"


def test_what_reads_stored_runs_goes_by_one_judgement(tmp_path: Path, contend: Contend) -> None:
    path = store(with_conditions(small()), tmp_path)
    at = ("--results", str(tmp_path))
    sql = "SELECT DISTINCT valid, verdict FROM trials ORDER BY valid"
    strict = Limits(stolen_share=-1.0)
    assert contend("query", sql, "--csv", *at).out.split() == ["valid,verdict", "True,valid"]
    found = contend("query", sql, "--csv", *at, limits=strict)
    assert found.out.split() == ["valid,verdict", "False,inconclusive"]
    other = store(with_conditions(small(started="2026-01-03T03:04:05Z")), tmp_path)
    assert contend("compare", path.stem, other.stem, *at).code == 0
    assert contend("compare", path.stem, other.stem, *at, limits=strict).code == 3


def test_what_an_older_rule_called_invalid_is_judged_again(tmp_path: Path) -> None:
    made = with_conditions(small(invalid=frozenset({1, 2})))
    path = store(made, tmp_path)
    called_so = [one for one in made.trials if not one.is_valid]
    assert called_so and all(one.is_valid for one in read_run(path).trials)
    (table,) = build_tables(read_run(path)).tables
    assert {one.left_out for one in table.rows} == {0}


def test_a_run_whose_latencies_had_own_lateness_in_them_keeps_its_verdicts(
    tmp_path: Path,
) -> None:
    """What it did to them can't be told."""
    made = with_conditions(small(invalid=frozenset({1})))
    trials = (
        replace(one, document=replace(one.document, own_lateness=None))
        for one in made.trials
        if one.document is not None
    )
    made = replace(made, trials=tuple(trials))
    found = read_run(store(made, tmp_path), Limits(stolen_share=-1.0))
    assert found.trials == made.trials and not all(one.is_valid for one in found.trials)


def test_a_run_without_conditions_keeps_its_verdicts(tmp_path: Path) -> None:
    made = small(invalid=frozenset({1}))
    path = store(made, tmp_path)
    found = read_run(path, Limits(stolen_share=-1.0))
    assert found.trials == made.trials and not all(one.is_valid for one in found.trials)


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
    has_figures = any(row.n for table in build_tables(made).tables for row in table.rows)
    assert (tmp_path / "tables" / "quick.csv").exists() == has_figures


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


def test_another_boot_of_a_machine_is_no_other_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boots = [
        replace(ENVIRONMENT, machine=replace(ENVIRONMENT.machine, memory_bytes=one))
        for one in (25_276_502_016, 25_276_510_208)
    ]
    runs = [small(1.0 + number / 10, environment=one) for number, one in enumerate(boots)]
    assert run(["compare", *(str(store(one, tmp_path)) for one in runs)]) == 0
    printed = capsys.readouterr().out
    assert "memory" not in printed and "null server" not in printed


def test_a_run_compared_with_itself_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = store(small(), tmp_path)
    for first, second in (("latest", "latest"), (stored.stem, str(stored))):
        assert run(["compare", first, second, "--results", str(tmp_path)]) == 2
        assert said(capsys) == f"contend: {stored.stem}: both are this same run; try two runs\n"


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
