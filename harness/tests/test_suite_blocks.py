"""`contend suite` in blocks as its users run it: measured, stopped, killed, resumed, refused."""

import signal
import time
from pathlib import Path

import pytest
from anything_goes import ANYTHING_GOES
from contend.blocks.judge import judged
from contend.blocks.record import BlockRecord
from contend.files import paths
from contend.machine.cores import available_cores, divide
from contend.machine.processes import descendants
from contend.machine.read_environment import read_environment
from contend.runs.measure import SuiteRunner
from contend.runs.suite_run import header, prepare
from contend.suites.plan import plan
from contend.trials.validity import Limits
from test_suite import DEADLINE_S, run, start, stored_runs, wait_for_trials, wait_until_gone

SUITE = """
title = "Small"
budget = "1m"
seed = 5
starts = 2
rounds = 2
reference = "node-http"
[[grid]]
backends = ["node-http", "python-threads"]
workloads = ["plaintext"]
connections = 2
[[grid]]
backends = ["node-http", "python-threads"]
workloads = ["plaintext"]
arrivals = "poisson"
connections = 2
busy = [0.2]
"""
LANES = ("node-http", "python-threads")
OPEN = "poisson-20%-busy-c2"
# A budget with room for the stated blocks alone.
TIGHT = SUITE.replace('"1m"', '"14s"')


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(TIGHT, encoding="utf-8")
    return path


def wait_for_lanes(pid: int) -> list[int]:
    """Until both servers of a block are alive beneath their supervisors."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if len(below := descendants(pid)) >= 2 * len(LANES):
            return below
        time.sleep(0.01)
    raise AssertionError("no block began in time")


def check_whole(block: BlockRecord) -> None:
    found = {(one.lane, one.load, one.round) for one in block.bursts}
    assert found == {
        (lane, load, number) for lane in LANES for load in ("closed-c2", OPEN) for number in (1, 2)
    }
    assert {(one.lane, one.load) for one in block.merged} == {one[:2] for one in found}


def test_a_suite_measures_blocks_and_closes_its_run(suite_file: Path, tmp_path: Path) -> None:
    code, out, err = run(suite_file, "--results", tmp_path)
    assert code == 0, err
    (stored,) = stored_runs(tmp_path)
    assert stored.complete and not stored.trials and len(stored.blocks) >= 2
    for block in stored.blocks:
        check_whole(block)
        assert block.dropped is None and block.failed_lane is None
        assert block.server_cores == len(divide(available_cores()).server)
        for one in block.bursts:
            assert one.completed > 0 and not one.errors and one.server_cpu_ns > 0
            assert not one.is_of_requests
            assert one.conditions is not None
        for lane in block.lanes:
            assert lane.cost_ns is not None and lane.windows and lane.cold_start_ns > 0
            closed = block.of(lane.name, "closed-c2")
            cost_ns = sum(one.server_cpu_ns for one in closed) / sum(
                one.completed for one in closed
            )
            rate = 0.2 * block.server_cores * 1e9 / cost_ns
            assert lane.rates_per_s == {OPEN: pytest.approx(rate)}
            assert lane.body_bytes == {"plaintext": 13}
    assert "python-threads" in out and "closed, c = 2" in out and "20% busy" in out
    for name in ("tables/small.md", "tables/small.csv"):
        assert (tmp_path / name).stat().st_size > 0


def test_a_block_is_judged_by_the_limits_that_are_given_and_again_by_others(
    suite_file: Path,
) -> None:
    """No machine keeps within the first ones."""
    cores = divide(available_cores())
    prepared = prepare(paths.workloads_dir(), suite_file, cores)
    fresh = header(prepared, read_environment(), cores)
    limits = Limits(stolen_share=-1.0)
    runner = SuiteRunner(prepared, cores, fresh, time.sleep, lambda planned, now: True, limits)
    block = runner.measure(plan(prepared.suite, prepared.left_out)[0])
    assert isinstance(block, BlockRecord)
    assert block.dropped is not None and block.dropped.endswith("of the machine's time was stolen")
    assert judged(block, limits) == block
    assert judged(block, ANYTHING_GOES).dropped is None


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL],
)
def test_what_is_stopped_in_mid_block_keeps_whole_blocks_and_no_server(
    suite_file: Path, tmp_path: Path, number: int
) -> None:
    with start(suite_file, "--results", tmp_path) as process:
        wait_for_trials(tmp_path, 1)
        below = wait_for_lanes(process.pid)
        process.send_signal(number)
        _, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == (-9 if number == signal.SIGKILL else 130), err
    wait_until_gone(below)
    (stored,) = stored_runs(tmp_path)
    assert not stored.complete and stored.blocks
    for block in stored.blocks:
        check_whole(block)

    code, _, err = run(suite_file, "--results", tmp_path, "--resume")
    assert code == 0, err
    (resumed,) = stored_runs(tmp_path)
    assert resumed.complete and resumed.blocks[: len(stored.blocks)] == stored.blocks
    numbers = [one.number for one in resumed.blocks]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"14s"', '"3s"'), "more than the budget of 3s"),
        (("connections = 2\nbusy", 'measure = "trials"\nbusy'), "busy needs blocks"),
        (("busy", "levels"), "grid.levels: what a server reaches at most"),
        (("rounds = 2", "rounds = 0"), "starts and rounds must be at least 1"),
        (
            ('["plaintext"]\nc', '["chat"]\nmeasure = "blocks"\nc'),
            "chat can't be measured in blocks",
        ),
    ],
)
def test_what_cannot_be_measured_in_blocks_is_said_in_a_line(
    suite_file: Path, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    suite_file.write_text(TIGHT.replace(*change), encoding="utf-8")
    code, out, err = run(suite_file, "--results", tmp_path / "none")
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert err.startswith("contend: ") and said in err
