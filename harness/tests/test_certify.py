"""`contend certify` and its oracle over real sockets: what it reports, never how well it does."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from contend import _engine, cli
from contend.certify.measure import CertifyRunner
from contend.certify.oracle import OracleRules, serve_null, serve_oracle
from contend.certify.plan import SCALES, OracleTrial
from contend.errors import TargetError
from contend.machine.cores import Cores
from contend.machine.interrupts import Interrupted
from contend.machine.read_environment import read_environment

Progress = Callable[[str, _engine.Progress], bool]


def runner(on_progress: Progress = lambda what, now: True) -> CertifyRunner:
    """On whatever cores there are: a shared one is slow, and right all the same."""
    available = sorted(os.sched_getaffinity(0))
    cores = Cores(server=(available[0],), generator=(available[-1],))
    return CertifyRunner(SCALES["quick"], cores, read_environment(), time.sleep, on_progress)


def trial(rules: OracleRules, rate: int = 200) -> OracleTrial:
    return OracleTrial("law", "test", rate, "poisson", rules, 0.5, connections=64)


def test_every_request_is_found_in_the_oracles_log() -> None:
    found = runner().measure(trial(OracleRules("exp(1ms)")))
    pairs = found.pairs
    assert pairs.requests > 50
    assert pairs.mistaken == 0
    assert len(pairs.reported_ns) == pairs.requests
    assert (pairs.truth_ns > 0).all()
    # A reply leaves at its time or later, and is stamped after that, by a clock that is sampled.
    assert (pairs.oracle_lag_ns >= 0).all()
    assert (pairs.reported_ns - pairs.truth_ns > -1_000_000).all()
    assert (pairs.send_lag_ns >= 0).all()


def test_refusals_are_reported_as_the_oracle_has_them() -> None:
    found = runner().measure(trial(OracleRules("20ms", servers=2, limit=2)))
    pairs = found.pairs
    assert pairs.mistaken == 0
    assert 0 < pairs.was_refused.sum() < pairs.requests
    assert len(pairs.reported_ns) == pairs.requests - pairs.was_refused.sum()


def test_the_rules_are_the_servers_own() -> None:
    rules = OracleRules("2ms", frozen="1s", period="1s")
    with (
        pytest.raises(TargetError, match="frozen for less than its period"),
        serve_oracle(rules, 10, (0,), time.sleep),
    ):
        pass


def test_an_interrupt_ends_a_trial() -> None:
    with pytest.raises(Interrupted):
        runner(lambda what, now: False).measure(trial(OracleRules("1ms")))


def test_the_null_server_is_there_to_find_the_ceiling() -> None:
    with serve_null((0,), time.sleep) as target:
        assert target.bodies == {"all": b"Hello, World!"}


def test_cores_say_what_they_let_a_thread_know() -> None:
    found = runner().probe()
    assert [one.core for one in found] == sorted({one.core for one in found})
    for one in found:
        assert 0 < one.clock_step_ns < 10_000_000
        assert 0 <= one.away_share < 1
        assert one.timer_late_p99_ns >= one.timer_late_p50_ns >= 0


def test_an_unknown_scale_is_a_usage_error(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["certify", "--scale", "huge"]) == 2
    assert "contend: --scale: there is no 'huge'" in capfd.readouterr().err


def test_one_core_is_said_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("contend.cli.certify.available_cores", lambda: {0})
    assert cli.run(["certify", "--results", str(tmp_path)]) == 2
    assert "there is one" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())
