"""`--until-ci`: its looks, its options, and how a trial ends by it."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import Contend, Serve
from contend import _engine
from contend.cli import load_run
from contend.durations import format_ns
from contend.errors import ExitCode, UsageError
from contend.machine.read_environment import read_environment
from contend.reports.load_summary import summary
from contend.stats import stationarity
from contend.stats.sub_batches import SubBatches
from contend.stats.within_trial import within_trial
from contend.suites.request_class import RequestClass
from contend.trials import results
from contend.trials import run as trial_run
from contend.trials.address import Endpoint
from contend.trials.spec import TrialSpec
from contend.trials.until_ci import DEFAULT_LONGEST_NS, UntilCi, check_until_ci, parse_half_width
from fault_server import answering
from made_results import S_NS, histogram, result
from made_series import MS_NS, series, steady
from msgspec.structs import replace

SPEC = TrialSpec("http://h/", "h", "127.0.0.1", 1, (RequestClass("GET /"),))
ENDPOINT = Endpoint("127.0.0.1", ("127.0.0.1",), 1)


def test_looks_are_set_before_and_half_as_late_again_each() -> None:
    looks = UntilCi(0.02, 10 * S_NS, 60 * S_NS).looks_ns
    assert [look / S_NS for look in looks] == [10, 15, 22.5, 33.75, 50.625]
    assert UntilCi(0.02, S_NS, S_NS).looks_ns == ()


def test_a_look_asks_for_both_figures_widened() -> None:
    made = steady(100_000)
    # Of no figure less than half as wide: all are widened.
    widened = within_trial(made, waited_for=0.001)
    halves = {}
    for figure in ("p50_ns", "p99_ns"):
        interval = widened.intervals[figure]
        assert interval is not None
        halves[figure] = interval.half_width
    wider = max(halves.values())
    assert UntilCi(wider * 1.0001, S_NS, 2 * S_NS).may_end(made, 0.0)
    assert UntilCi(wider * 1.0001, S_NS, 2 * S_NS).may_end(made, 0.0099)
    assert not UntilCi(wider * 1.0001, S_NS, 2 * S_NS).may_end(made, 0.01), "p99 is a lower bound"
    assert not UntilCi(wider * 0.9999, S_NS, 2 * S_NS).may_end(made, 0.0)
    assert not UntilCi(0.5, S_NS, 2 * S_NS).may_end(steady(400), 0.0), "too few for p99"


def test_what_was_missed_is_said_of_each_figure() -> None:
    said = UntilCi(0.005, S_NS, 2 * S_NS).missed(within_trial(steady(3000)), 2 * S_NS)
    assert len(said) == 2
    assert said[0].startswith("p50 is not known within 0.5% after 2.00 s: ± ")
    assert said[1].startswith("p99 is not known within 0.5% after 2.00 s: ± ")


@pytest.mark.parametrize(
    ("text", "share"), [("2%", 0.02), ("2", 0.02), (" 0.5% ", 0.005), ("50%", 0.5), (".9", 0.009)]
)
def test_percentages(text: str, share: float) -> None:
    assert parse_half_width(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "%", "0", "-2%", "0.4%", "51%", "2%%", "nan", "1e1", "two"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"percentage|between"):
        parse_half_width(text)


def test_the_options_together() -> None:
    assert check_until_ci(None, S_NS, None, False) is None
    assert check_until_ci(0.02, S_NS, None, False) == UntilCi(0.02, S_NS, DEFAULT_LONGEST_NS)
    long_ns = 2 * DEFAULT_LONGEST_NS
    assert check_until_ci(0.02, long_ns, None, False) == UntilCi(0.02, long_ns, long_ns)
    assert check_until_ci(0.02, 9 * S_NS, S_NS, False) == UntilCi(0.02, S_NS, S_NS)
    with pytest.raises(UsageError, match="--max-duration"):
        check_until_ci(None, S_NS, S_NS, False)
    with pytest.raises(UsageError, match="--requests"):
        check_until_ci(0.02, S_NS, None, True)


def as_the_engine_has_it(made: SubBatches) -> Any:
    return SimpleNamespace(counts=made.counts, edges_ns=made.edges_ns, width_ns=made.width_ns)


def engine_series(requests: int) -> Any:
    return as_the_engine_has_it(steady(requests))


def drive(
    monkeypatch: pytest.MonkeyPatch, until: UntilCi | None, looks: list[int], measured: int
) -> tuple[ExitCode, list[bool], _engine.TrialSpec]:
    """A trial whose looks see so many requests each, and which measures so many in all; the exit
    code, and what the engine was told at each look."""
    told: list[bool] = []
    specs: list[_engine.TrialSpec] = []

    def run_trial(spec: _engine.TrialSpec, progress: Any) -> Any:
        specs.append(spec)
        for requests in looks:
            now = {"phase": "measure", "elapsed_ns": 1, "completed": requests}
            now |= {"failed": 0, "given_up": 0}
            told.append(progress(SimpleNamespace(**now, latency_series=engine_series(requests))))
            if not told[-1]:
                break
        return result(latency_series=engine_series(measured), latency=histogram({MS_NS: 1000}))

    monkeypatch.setattr(trial_run, "run", partial(trial_run.run, run_trial=run_trial))
    code = load_run.drive(SPEC, ENDPOINT, [], load_run.Files(), until)
    return code, told, specs[0]


def test_a_trial_ends_at_the_first_look_that_finds_both_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    until = UntilCi(0.05, 10 * S_NS, 60 * S_NS)
    code, told, spec = drive(monkeypatch, until, [1000, 100_000, 100_000], 100_000)
    assert code == ExitCode.PASS
    assert told == [True, False]
    assert spec.looks_ns == list(until.looks_ns)
    assert spec.duration_ns == 60 * S_NS
    out = capsys.readouterr().out
    assert "95% interval    mean 1.00 ms ± " in out
    assert "p99 1.00 ms ± " in out


def test_what_the_last_look_saw_is_what_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else an interval could be a little wider than the one that ended the trial."""
    until = UntilCi(0.05, 10 * S_NS, 60 * S_NS)
    code, told, _ = drive(monkeypatch, until, [100_000], 1000)
    assert (code, told) == (ExitCode.PASS, [False])
    assert "no interval" not in capsys.readouterr().out


def test_a_trial_that_reaches_its_longest_is_inconclusive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    until = UntilCi(0.02, 10 * S_NS, 60 * S_NS)
    code, told, _ = drive(monkeypatch, until, [1000, 2000], 3000)
    assert code == ExitCode.NOT_VALID
    assert told == [True, True]
    assert "inconclusive: p50 is not known within 2% after 10.0 s" in capsys.readouterr().out


def test_known_at_its_end_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, _ = drive(monkeypatch, UntilCi(0.05, 10 * S_NS, 60 * S_NS), [1000], 100_000)
    assert code == ExitCode.PASS


def test_without_the_option_what_is_not_known_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, spec = drive(monkeypatch, None, [], 400)
    assert code == ExitCode.PASS
    assert spec.looks_ns == []
    out = capsys.readouterr().out
    assert "no interval     p99: measure for " in out
    assert "validity        valid" in out


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--until-ci", "0"), "--until-ci"),
        (("--until-ci", "fast"), "--until-ci"),
        (("--until-ci", "2%", "-n", "5"), "--until-ci"),
        (("--max-duration", "20s"), "--max-duration"),
        (("--until-ci", "2%", "--max-duration", "0s"), "--max-duration"),
        (("--until-ci", "2%", "--max-duration", "9999h"), "--max-duration"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(
    contend: Contend, options: tuple[str, ...], complaint: str
) -> None:
    said = contend("load", "http://127.0.0.1:9/", *options)
    assert said.code == 2
    assert said.out == ""
    assert complaint in said.complaint


def test_a_real_trial_stops_at_its_longest_and_says_what_is_not_known(
    serve: Serve, load: Contend
) -> None:
    options = ("--rate", "200", "-d", "100ms", "--until-ci", "1%", "--max-duration", "300ms")
    said = load(serve(answering()).url, *options)
    assert said.code == 3
    assert "p99 is not known within 1% after 300 ms" in said.out
    assert said.document["validity"]["verdict"] == "inconclusive"
    assert said.document["duration_ns"] == 300_000_000
    within = said.document["within_trial"]
    assert within["intervals"]["p99_ns"] is None
    assert "autocorrelation time" in within["none_because"]["p99_ns"]


def test_the_summary_says_what_is_not_stationary() -> None:
    latencies_ns = MS_NS * (0.01 + np.random.default_rng(3).exponential(size=20_000))
    latencies_ns[:3000] *= 2  # the first 15 of 100 sub-batches
    warming_up = series(latencies_ns, 100)
    given = result(latency_series=as_the_engine_has_it(warming_up))
    document = trial_run.run(SPEC, read_environment(), None, lambda *_: given)[1]
    document = replace(document, within_trial=results.known_within(given, document))
    lines = [line.plain for line in summary(document, verbose=True)]
    said = [line for line in lines if line.startswith("stationary")]
    assert len(said) == 1
    assert "no (Geweke z " in said[0]
    settled_ns = stationarity.test(warming_up).settled_after_ns
    assert settled_ns is not None
    assert f"settled after {format_ns(settled_ns)}; try a warm-up of" in said[0]
    assert said[0].endswith(f" {format_ns(S_NS + settled_ns)}")
    assert not any("95% interval" in line for line in lines)
    assert document.validity.is_valid
