"""A suite file of one's own, with a backend and a workload that lie beside it."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import contend_process
from contend.errors import SuiteError
from contend.files import paths
from contend.machine.cores import Cores
from contend.runs.store import read_run, run_paths
from contend.runs.suite_run import PreparedSuite, header, prepare
from made_workloads import SERVER, add_backend, make_workloads
from test_suite_run import ENVIRONMENT

CORES = Cores((0,), (1,))
SUITE = """
title = "Mine"
budget = "1m"
seed = 5
starts = 1
warmup = "0ms"
duration = "100ms"
{more}
[[grid]]
backends = [{backends}]
workloads = [{workloads}]
connections = 2
measure = "trials"
"""
DEADLINE_S = 60.0


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the backends a and dead, and the contracts hello and other."""
    folder = make_workloads(tmp_path / "mine")
    add_backend(folder, "a")
    add_backend(folder, "dead", "raise SystemExit(3)")
    (folder / "backends" / "a").rename(folder / "a")
    (folder / "backends" / "dead").rename(folder / "dead")
    return folder


def suite(here: Path, *backends: str, workloads: tuple[str, ...] = ("./hello.toml",)) -> Path:
    """A file; the first backend is the one that others are compared with."""
    path = here / "it.toml"
    text = SUITE.format(
        backends=", ".join(map(json.dumps, backends)),
        workloads=", ".join(map(json.dumps, workloads)),
        more=f"reference = {json.dumps(backends[0])}",
    )
    path.write_text(text, encoding="utf-8")
    return path


def prepared(path: Path) -> PreparedSuite:
    return prepare(paths.workloads_dir(), path, CORES)


def refused(path: Path) -> str:
    with pytest.raises(SuiteError) as caught:
        prepared(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def test_what_lies_beside_the_suite_file_goes_by_its_name(here: Path) -> None:
    found = prepared(suite(here, "./a", "../mine/dead", "node-http"))
    assert found.suite.backends == ("a", "dead", "node-http")
    assert (found.suite.workloads, found.suite.reference) == (("hello",), "a")
    assert found.folder("dead") == here / "dead" and found.file("hello") == here / "hello.toml"
    assert found.folder("node-http") == paths.workloads_dir() / "backends" / "node-http"
    assert [(one.backend, one.workload) for one in found.not_run] == [("node-http", "hello")]


def test_a_path_may_be_absolute_and_a_file_be_named_without_a_folder(here: Path) -> None:
    found = prepared(suite(here, str(here / "a"), workloads=("hello.toml",)))
    assert (found.suite.backends, found.suite.workloads) == (("a",), ("hello",))


def test_a_change_beside_the_suite_file_is_seen_and_what_is_installed_there_is_not(
    here: Path,
) -> None:
    def digests() -> tuple[str, str]:
        noted = header(prepared(suite(here, "./a")), ENVIRONMENT, CORES)
        return noted.backends["a"].sha256, noted.workloads["hello"].sha256

    before = digests()
    (here / "a" / "node_modules").mkdir()
    (here / "a" / "node_modules" / "x.js").write_text("x")
    (here / "a" / ".cache").write_text("x")
    assert digests() == before
    (here / "a" / "server.py").write_text(SERVER + "\n")
    assert digests()[0] != before[0]
    (here / "hello.toml").write_text((here / "hello.toml").read_text() + "\n")
    assert digests()[1] != before[1]


def test_a_change_of_a_file_that_a_server_names_farther_away_is_seen(here: Path) -> None:
    def digest() -> str:
        noted = header(prepared(suite(here, "./a")), ENVIRONMENT, CORES)
        return noted.backends["a"].sha256

    page = here.parent / "page"
    page.mkdir()
    for name in ("rules", "words", "style"):
        (page / f"{name}.mjs").write_text("")
    text = "import '../../page/rules.mjs';\nimport '../../node_modules/x.js';\n"
    (here / "a" / "rules.mjs").write_text(text)
    (page / "rules.mjs").write_text("import './words.mjs';\n")
    before = digest()
    (page / "style.mjs").write_text("// which nothing names\n")
    (here.parent / "node_modules").mkdir()
    (here.parent / "node_modules" / "x.js").write_text("// which is installed\n")
    assert digest() == before
    (page / "words.mjs").write_text("// changed\n")
    assert digest() != before


@pytest.mark.parametrize(
    ("backend", "workload", "said"),
    [
        ("./none", "./hello.toml", "backends: ./none is no folder with a backend.toml"),
        ("./hello.toml", "./hello.toml", "backends: ./hello.toml is no folder with"),
        ("./a", "./none.toml", "workloads: ./none.toml is no file"),
        ("./null", "./hello.toml", "backends: ./null has the name of another one, null"),
        ("./a", "./json.toml", "workloads: ./json.toml has the name of another one, json"),
        ("./a b", "./hello.toml", "backends: './a b' gives no name of letters"),
        ("a", "./hello.toml", "backends: no 'a'; there are"),
    ],
)
def test_a_path_that_leads_nowhere_or_to_a_taken_name_is_refused(
    here: Path, backend: str, workload: str, said: str
) -> None:
    (here / "json.toml").write_text((here / "hello.toml").read_text())
    for name in ("null", "a b"):
        (here / name).mkdir()
        (here / name / "backend.toml").write_text((here / "a" / "backend.toml").read_text())
    assert said in refused(suite(here, backend, workloads=(workload,)))


def test_two_folders_of_one_name_are_refused(here: Path) -> None:
    (here / "more").mkdir()
    (here / "a").rename(here / "more" / "a")
    add_backend(here, "a")
    found = suite(here, "./more/a", "./backends/a")
    assert "./backends/a has the name of another one, a" in refused(found)


def run(path: Path, results: Path, **streams: Any) -> Any:
    return contend_process("suite", str(path), "--results", str(results), **streams)


def test_a_suite_of_one_s_own_is_measured(here: Path, tmp_path: Path) -> None:
    with run(suite(here, "./a"), tmp_path, cwd=tmp_path) as process:
        out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode in (0, 3), err  # 3 where a busy machine left no valid trial
    (path,) = run_paths(tmp_path)
    stored = read_run(path)
    assert stored.complete
    for trial in stored.trials:
        assert (trial.planned.cell.backend, trial.planned.cell.workload) == ("a", "hello")
        assert trial.document is not None and trial.document.requests.ok > 0
    assert "hello" in out and (tmp_path / "tables" / "it.md").is_file()


def test_a_suite_whose_errors_nobody_reads_ends_in_2_and_keeps_its_trials(
    here: Path, tmp_path: Path
) -> None:
    """It says there what could not be measured."""
    process = run(suite(here, "./dead", "./a"), tmp_path)
    process.stderr.close()
    process.stderr = None
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    (path,) = run_paths(tmp_path)
    stored = read_run(path)
    assert not stored.complete and stored.trials
    assert stored.trials[-1].planned.cell.backend == "dead"


@pytest.mark.parametrize("more", [(), ("--json", "-")])
def test_a_suite_whose_tables_nobody_reads_ends_in_2_and_says_where_they_are(
    here: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    words = ("suite", str(suite(here, "./a")), "--results", str(tmp_path), *more)
    process = contend_process(*words)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    (path,) = run_paths(tmp_path)
    assert read_run(path).complete
    assert err.splitlines()[-1] == (
        "contend: output: its reader went before the tables were written; all that was measured is"
        f" stored; try contend tables {path.stem}"
    )
