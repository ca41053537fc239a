"""`contend suite` as its users run it: measured, stopped, killed, resumed, refused."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from anything_goes import ANYTHING_GOES
from conftest import tolerant_process
from contend.cli.suite import unfinished
from contend.errors import StoreError
from contend.files import paths
from contend.machine.cores import available_cores, divide
from contend.machine.processes import descendants
from contend.machine.read_environment import read_environment
from contend.runs.measure import SuiteRunner
from contend.runs.record import Closing, Header, Run, TrialRecord
from contend.runs.store import RunWriter, read_run, run_paths
from contend.runs.suite_run import header, prepare
from contend.suites.plan import plan
from contend.trials.validity import Limits, Setting
from msgspec import structs
from stored_runs import Fake, stored_run

SUITE = """
title = "Small"
budget = "1m"
seed = 5
starts = 2
warmup = "0ms"
duration = "100ms"
reference = "node-http"
[[grid]]
backends = ["node-http", "python-threads"]
workloads = ["plaintext"]
connections = 2
measure = "trials"
"""
DEADLINE_S = 60.0


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SUITE, encoding="utf-8")
    return path


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return tolerant_process("suite", *map(str, arguments))


def run(*arguments: str | Path) -> tuple[int, str, str]:
    with start(*arguments) as process:
        out, err = process.communicate(timeout=DEADLINE_S)
        return process.returncode, out, err


def stored_runs(results: Path) -> list[Run]:
    return [read_run(path, ANYTHING_GOES) for path in run_paths(results)]


def wait_for_trials(results: Path, count: int) -> None:
    """Until so many trials are stored: the run's file is looked at again and again."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if any(path.read_bytes().count(b"\n") > count for path in run_paths(results)):
            return
        time.sleep(0.01)
    raise AssertionError("no trial was stored in time")


def wait_until_gone(pids: Sequence[int]) -> None:
    for pid in pids:
        try:
            watched = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([watched], [], [], DEADLINE_S)
        os.close(watched)
        assert ended, f"process {pid} is left"


def test_a_suite_measures_every_cell_and_closes_its_run(suite_file: Path, tmp_path: Path) -> None:
    code, out, err = run(suite_file, "--results", tmp_path)
    assert code == 0, err
    (stored,) = stored_runs(tmp_path)
    assert stored.complete
    measured = [(one.planned.cell.backend, one.planned.repetition) for one in stored.trials]
    cores = divide(available_cores())
    setting = Setting("closed", None, 0, len(cores.server), cores.are_shared)
    wanted = [(name, n) for name in ("node-http", "python-threads") for n in (1, 2)]
    assert sorted(measured) == wanted, "each once: none was left out for a busy machine"
    for trial in stored.trials:
        assert trial.not_run is None and trial.document is not None
        assert trial.is_valid and trial.conditions is not None
        assert trial.conditions.outcomes == {"ok": trial.document.requests.ok}
        assert trial.setting == setting
        assert trial.document.requests.errors == 0
        assert trial.document.requests.scheduled == trial.document.requests.ok > 0
        assert trial.document.server is not None and trial.document.server.cpu_ns > 0
        assert sum(one.outcomes["ok"] for one in trial.slices) == trial.document.requests.ok
    assert "python-threads" in out and "1 plaintext: closed, c = 2" in out
    for name in ("tables/small.md", "tables/small.csv", "plots/small.svg"):
        assert (tmp_path / name).stat().st_size > 0
    assert "\x1b" not in out + err


def test_a_trial_is_judged_by_the_limits_that_are_given_and_again_by_others(
    suite_file: Path,
) -> None:
    """No machine keeps within the first ones."""
    cores = divide(available_cores())
    prepared = prepare(paths.workloads_dir(), suite_file, cores)
    fresh = header(prepared, read_environment(), cores)
    limits = Limits(stolen_share=-1.0)
    runner = SuiteRunner(prepared, cores, fresh, time.sleep, lambda planned, now: True, limits)
    record = runner.measure(plan(prepared.suite, prepared.left_out)[0])
    assert isinstance(record, TrialRecord) and record.validity is not None
    stolen = [one for one in record.validity.words if "stolen by its host" in one]
    assert [one.endswith("more than -100%") for one in stolen] == [True]
    assert record.judged(limits) == record
    lenient = record.judged(ANYTHING_GOES).validity
    assert lenient is not None
    assert (lenient.verdict, lenient.reasons, lenient.withheld) == ("valid", (), ())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_suite_keeps_its_trials_and_is_resumed(
    suite_file: Path, tmp_path: Path, number: int
) -> None:
    with start(suite_file, "--results", tmp_path) as process:
        wait_for_trials(tmp_path, 1)
        below = descendants(process.pid)
        process.send_signal(number)
        _, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 130, err
    wait_until_gone(below)
    (stored,) = stored_runs(tmp_path)
    assert not stored.complete and stored.trials

    code, _, err = run(suite_file, "--results", tmp_path, "--resume")
    assert code == 0, err
    (resumed,) = stored_runs(tmp_path)
    assert resumed.complete and resumed.trials[: len(stored.trials)] == stored.trials
    keys = [one.planned.key for one in resumed.trials]
    assert len(set(keys)) == len(keys) == 4


def test_two_signals_stop_at_once_and_say_where_the_trials_are(
    suite_file: Path, tmp_path: Path
) -> None:
    with start(suite_file, "--results", tmp_path) as process:
        wait_for_trials(tmp_path, 1)
        below = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 130, err
    wait_until_gone(below)
    (stored,) = stored_runs(tmp_path)
    assert stored.trials
    assert "nothing was measured" not in err


def test_a_killed_suite_leaves_no_server_and_is_resumed(suite_file: Path, tmp_path: Path) -> None:
    with start(suite_file, "--results", tmp_path) as process:
        wait_for_trials(tmp_path, 2)
        below = descendants(process.pid)
        process.kill()
        process.communicate(timeout=DEADLINE_S)
    wait_until_gone(below)
    (stored,) = stored_runs(tmp_path)
    assert not stored.complete and len(stored.trials) >= 2
    code, _, err = run(suite_file, "--results", tmp_path, "--resume")
    assert code == 0, err
    (resumed,) = stored_runs(tmp_path)
    assert resumed.complete and len(resumed.trials) == 4


def test_a_suite_goes_on_with_its_own_latest_unfinished_run(tmp_path: Path) -> None:
    def store(name: str, day: int, complete: bool) -> Header:
        made = stored_run(lambda cell: Fake(), suite_name=name).header
        header = structs.replace(made, started=f"2026-01-0{day}T00:00:00Z")
        with RunWriter.create(tmp_path, header) as writer:
            if complete:
                writer.append(Closing(ended=header.started, trials=0))
        return header

    store("two-writes", 5, complete=False)
    wanted = store("writes", 2, complete=False)
    store("writes", 3, complete=True)
    assert unfinished(tmp_path, wanted).header == wanted
    with pytest.raises(StoreError, match="no run of other is unfinished"):
        unfinished(tmp_path, store("other", 4, complete=True))
    with pytest.raises(StoreError, match="no run of else is stored"):
        unfinished(tmp_path, structs.replace(wanted, suite_name="else"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("quik",), "; try quick"),
        (("none.toml",), "none.toml: no such file"),
        (("quick", "--resume"), "no run of quick is stored"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(
    arguments: Sequence[str], said: str, tmp_path: Path
) -> None:
    code, out, err = run(*arguments, "--results", tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("contend: ") and err.count("\n") == 1
    assert said in err
    assert not run_paths(tmp_path)


def test_a_suite_over_its_budget_is_refused(suite_file: Path, tmp_path: Path) -> None:
    suite_file.write_text(SUITE.replace('"1m"', '"300ms"'), encoding="utf-8")
    code, _, err = run(suite_file, "--results", tmp_path)
    assert code == 2 and "more than the budget of 300ms" in err


def test_results_that_cannot_be_written_are_said_before_anything_is_measured(
    suite_file: Path, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    code, _, err = run(suite_file, "--results", blocked)
    assert code == 2 and "can't be created" in err


def test_a_connection_each_is_what_it_says(suite_file: Path, tmp_path: Path) -> None:
    suite_file.write_text(SUITE.replace('"plaintext"', '"plaintext-close"'), encoding="utf-8")
    code, _, err = run(suite_file, "--results", tmp_path)
    assert code == 0, err
    (stored,) = stored_runs(tmp_path)
    for trial in stored.trials:
        assert trial.document is not None
        requests = trial.document.requests
        assert requests.ok == requests.scheduled > 0
        assert trial.document.connections_opened >= requests.ok
        assert trial.cold_start_ns is not None
