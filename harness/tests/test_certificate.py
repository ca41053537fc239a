"""What a certificate checks and concludes, from request pairs made by hand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from contend.certify import proof
from contend.certify.certificate import Certificate, CoreProbe
from contend.certify.checks import Measured
from contend.certify.oracle import OracleRules, Times
from contend.certify.plan import SCALES, OracleTrial, plan, seconds
from contend.certify.request_pairs import RequestPairs
from contend.certify.verdict import certify
from contend.errors import StoreError, TargetError
from contend.machine.interrupts import Interrupted
from contend.machine.read_environment import read_environment
from contend.reports.certificate_text import render
from contend.trials.document import Reason, Validity
from numpy.typing import ArrayLike

US = 1_000
RATE = 500
VALID = Validity("valid")
BASE = OracleTrial("base", "oracle/instant/500", RATE, "poisson", OracleRules("0s"), 1.0)
LAW = OracleTrial("law", "oracle/fixed/500", RATE, "constant", OracleRules("1ms"), 1.0)
QUEUE = OracleTrial("queue", "queue/M/M/1/0.5", RATE, "poisson", OracleRules("exp(1ms)"), 1.0)
LOSS = OracleTrial("loss", "queue/loss", RATE, "poisson", OracleRules("1ms"), 1.0, blocked=0.1)


def measured(
    trial: OracleTrial,
    reported_us: ArrayLike,
    truth_us: ArrayLike,
    apart: Iterable[int] = (),
    refused: int = 0,
    mistaken: int = 0,
    validity: Validity = VALID,
) -> Measured:
    reported, truth = _ns(reported_us), _ns(truth_us)
    count = len(reported)
    set_apart = np.zeros(count, dtype=bool)
    set_apart[list(apart)] = True
    was_refused = np.zeros(count + refused, dtype=bool)
    was_refused[np.linspace(0, count + refused - 1, refused, dtype=int)] = True
    nothing = np.zeros(count, dtype=np.int64)
    pairs = RequestPairs(reported, truth, nothing, nothing, set_apart, was_refused, mistaken)
    quantiles = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
    printed = {name: round(float(np.quantile(reported, q))) for name, q in quantiles.items()}
    return Measured(trial, pairs, printed, validity, 0, 0)


def _ns(times_us: ArrayLike) -> Times:
    times: Times = np.rint(np.array(times_us, dtype=float) * US).astype(np.int64)
    return times


def certificate(*trials: Measured, is_complete: bool = True) -> Certificate:
    environment = read_environment()
    core = CoreProbe(
        core=1,
        clock_step_ns=20,
        clock_cost_ns=40,
        timer_late_p50_ns=30 * US,
        timer_late_p99_ns=90 * US,
        gaps_per_s=2.0,
        away_share=0.001,
        longest_gap_ns=400 * US,
    )
    start = "2026-01-02T03:04:05Z"
    return certify(start, "quick", environment, [core], trials, 30_000.0, is_complete)


def instant(base_us: float = 20.0, count: int = 1_000) -> Measured:
    return measured(BASE, [base_us] * count, [0.0] * count)


def test_errors_are_free_of_the_base_round_trip() -> None:
    law = measured(LAW, [1_030.0] * 1_000, [1_000.0] * 1_000)
    found = certificate(instant(20.0), law)
    assert [check.quantile for check in found.checks] == ["p50", "p90", "p99", "p99.9"]
    assert {check.error_ns for check in found.checks} == {10 * US}
    assert [check.bound_ns for check in found.checks] == [50 * US] * 3 + [200 * US]
    assert {check.reported_ns for check in found.checks} == {1_030 * US}
    assert {check.truth_ns for check in found.checks} == {1_000 * US}
    assert found.verdict == "proved" and found.holds and not found.reasons
    assert found.trials[1].base_ns == 20 * US


def test_laws_at_one_rate_are_judged_together_too() -> None:
    fixed = measured(LAW, [1_030.0] * 600, [1_000.0] * 600)
    other = replace(LAW, name="oracle/other/500")
    found = certificate(instant(20.0), fixed, measured(other, [2_060.0] * 400, [2_000.0] * 400))
    together = [one for one in found.checks if one.name == "oracle/all/500"]
    assert [one.requests for one in together] == [1_000] * 4
    assert [one.error_ns for one in together] == [10 * US, 40 * US, 40 * US, 40 * US]
    assert together[-1].truth_ns == 2_000 * US


def test_a_slow_request_lends_a_fast_one_no_bound() -> None:
    """1.5% are late by 1 ms, beside 2% that waited for a second and are right."""
    truth = [1_000.0] * 980 + [1_000_000.0] * 20
    reported = [1_020.0] * 965 + [2_020.0] * 15 + [1_000_020.0] * 20
    found = certificate(instant(20.0), measured(LAW, reported, truth))
    told = {check.quantile: check for check in found.checks}
    assert told["p90"].holds and not told["p99"].holds
    assert (told["p99"].error_ns, told["p99"].bound_ns) == (1_000 * US, 50 * US)
    assert found.verdict == "not proved"


def test_a_bound_grows_with_the_truth() -> None:
    law = measured(LAW, [20_220.0] * 1_000, [20_000.0] * 1_000)
    found = certificate(instant(20.0), law)
    assert [check.bound_ns for check in found.checks] == [200 * US] * 3 + [400 * US]
    assert all(check.holds for check in found.checks)


@pytest.mark.parametrize("off_us", [-71.0, 71.0])
def test_an_error_beyond_its_bound_is_no_proof(off_us: float) -> None:
    law = measured(LAW, [1_020.0 + off_us] * 1_000, [1_000.0] * 1_000)
    found = certificate(instant(20.0), law)
    assert [check.holds for check in found.checks] == [False, False, False, True]
    assert found.verdict == "not proved"
    assert found.reasons[0] == "oracle/fixed/500 p50: 71.0 µs off, more than 50.0 µs"


def test_what_a_gap_moved_is_apart_and_the_promise_covers_it() -> None:
    reported = [1_020.0] * 1_000
    reported[:30] = [9_020.0] * 30
    law = measured(LAW, reported, [1_000.0] * 1_000, apart=range(30))
    found = certificate(instant(20.0, 500), law)
    assert all(check.holds and check.requests == 970 for check in found.checks)
    assert [check.quantile for check in found.checks] == ["p50", "p90", "p99"]  # 970 are too few
    assert found.unresolved == ("oracle/fixed/500 p99.9: 970 undisturbed requests are too few",)
    assert found.promise.p90_ns == 0
    assert found.promise.p99_ns == 8_000 * US
    assert found.promise.max_rate_per_s == 30_000
    assert found.verdict == "proved"


def test_the_base_is_that_of_undisturbed_requests() -> None:
    base = measured(BASE, [500.0] * 6 + [20.0] * 5, [0.0] * 11, apart=range(6))
    found = certificate(base, measured(LAW, [1_020.0] * 100, [1_000.0] * 100))
    assert found.checks[0].error_ns == 0
    assert found.noise_floor["500"].p50_ns == 480 * US  # what disturbs is the noise


def test_a_noisy_machine_proves_nothing_either_way() -> None:
    late = Validity("client-bound", ("the generator sent late",))
    bad = measured(LAW, [5_000.0] * 1_000, [1_000.0] * 1_000, validity=late)
    found = certificate(instant(), bad)
    assert found.verdict == "too noisy"
    assert found.reasons == (
        "client-bound: 1 of 2 trials, the first oracle/fixed/500: the generator sent late",
    )
    moved = [1_020.0] * 899 + [5_000.0] * 101
    found = certificate(instant(), measured(LAW, moved, [1_000.0] * 1_000, apart=range(899, 1_000)))
    assert found.verdict == "too noisy"
    assert all(check.holds for check in found.checks)
    assert "10% of the requests met a time" in found.reasons[0]


def test_requests_set_apart_that_keep_the_bounds_are_no_noise() -> None:
    law = measured(LAW, [1_020.0] * 1_000, [1_000.0] * 1_000, apart=range(300))
    found = certificate(instant(), law)
    assert found.verdict == "proved"


def test_of_a_trial_that_was_measured_again_the_last_counts_and_each_is_told() -> None:
    late = Validity("client-bound", ("the generator sent late",))
    bad = measured(LAW, [5_000.0] * 1_000, [1_000.0] * 1_000, validity=late)
    good = measured(LAW, [1_020.0] * 1_000, [1_000.0] * 1_000)
    found = certificate(instant(), bad, good)
    assert found.verdict == "proved"
    assert [trial.validity.is_valid for trial in found.trials] == [True, False, True]
    assert found.promise.p99_ns == 0
    assert len([check for check in found.checks if check.name == LAW.name]) == 4
    assert found.promise.p99_ns == 0


def test_outcomes_have_to_be_right_one_and_all() -> None:
    law = measured(LAW, [1_020.0] * 1_000, [1_000.0] * 1_000, mistaken=1)
    found = certificate(instant(), law)
    assert found.verdict == "not proved"
    assert found.reasons == ("oracle/fixed/500/outcomes: 0.9990, not 1.0000",)


@pytest.mark.parametrize(("factor", "holds"), [(1.029, True), (1.031, False), (0.969, False)])
def test_a_queue_is_held_against_its_own_trace(factor: float, holds: bool) -> None:
    truth = np.random.default_rng(3).exponential(1_000, 1_000)
    found = certificate(instant(), measured(QUEUE, factor * truth, truth))
    assert [(check.name, check.quantile) for check in found.checks] == [
        ("queue/M/M/1/0.5/trace", "p50"),
        ("queue/M/M/1/0.5/trace", "p99"),
    ]
    assert [check.holds for check in found.checks] == [holds, holds]


def exponential_ns(quantile: float) -> float:
    return float(-np.log1p(-quantile) * 1_000 * US)


@pytest.mark.parametrize(
    ("count", "factor", "holds"), [(200_000, 1.0, True), (200_000, 1.08, False)]
)
def test_a_closed_form_is_asked_where_the_trace_is_long(
    count: int, factor: float, holds: bool
) -> None:
    truth = np.random.default_rng(3).exponential(1_000, count)
    queue = replace(QUEUE, closed_form_ns=exponential_ns)
    found = certificate(instant(), measured(queue, factor * truth, truth))
    checks = [one for one in found.checks if one.name.endswith("closed-form")]
    assert [one.quantile for one in checks] == ["p50", "p99"]
    assert [one.holds for one in checks] == [holds, holds]
    for one in checks:
        assert 0.03 * one.truth_ns <= one.bound_ns <= 0.06 * one.truth_ns
    assert not found.unresolved


def test_a_closed_form_is_not_asked_where_it_is_short() -> None:
    truth = np.random.default_rng(3).exponential(1_000, 1_000)
    queue = replace(QUEUE, closed_form_ns=exponential_ns)
    found = certificate(instant(), measured(queue, truth, truth))
    assert not [one for one in found.checks if one.name.endswith("closed-form")]
    assert len(found.unresolved) == 2
    assert found.verdict == "proved"


@pytest.mark.parametrize(("refused", "holds"), [(10_000, True), (12_000, False)])
def test_the_share_of_refusals_is_erlangs(refused: int, holds: bool) -> None:
    served = 100_000 - refused
    loss = measured(LOSS, [1_000.0] * served, [1_000.0] * served, refused=refused)
    found = certificate(instant(), loss)
    share = next(one for one in found.share_checks if one.name.endswith("refused"))
    assert share.reported == pytest.approx(refused / 100_000)
    assert share.truth == 0.1 and share.holds is holds


def test_the_document_has_the_fields_that_others_read() -> None:
    law = measured(LAW, [1_020.0] * 1_000, [1_000.0] * 1_000)
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(certificate(instant(), law)))
    assert made["schema"] == "contend.certificate/1"
    assert made["checks"][0].keys() >= {
        *("name", "quantile", "reported_ns", "truth_ns", "error_ns", "bound_ns", "holds"),
    }
    assert made["promise"].keys() >= {"p50_ns", "p99_ns", "p99.9_ns", "max_rate_per_s"}


def test_people_read_what_holds_and_what_is_promised() -> None:
    law = measured(LAW, [1_100.0] * 1_000, [1_000.0] * 1_000)
    text = "\n".join(line.plain for line in render(certificate(instant(), law)))
    assert "oracle/fixed/500  p50     1.10 ms  1.00 ms  80.0 µs  50.0 µs     NO     1,000" in text
    assert "ceiling       30,000/s before the generator is the limit" in text
    assert "verdict       not proved" in text
    assert "p50 80.0 µs, p90 80.0 µs, p99 80.0 µs, p99.9 80.0 µs" in text


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_plans_measure_the_base_before_its_laws(scale: Any) -> None:
    trials = plan(scale)
    assert len({trial.name for trial in trials}) == len(trials)
    based = set()
    for trial in trials:
        if trial.kind == "base":
            based.add(trial.rate_per_s)
        if trial.kind == "law":
            assert trial.rate_per_s in based
    assert seconds(scale) == pytest.approx(sum(trial.seconds for trial in trials))


def test_the_full_plan_is_what_the_claim_needs() -> None:
    trials = plan(SCALES["full"])
    for rate in (500, 5_000):
        laws = [trial for trial in trials if trial.kind == "law" and trial.rate_per_s == rate]
        assert sum(trial.seconds * rate for trial in laws) >= 100_000
    assert {t.seconds for t in trials if t.kind == "queue"} == {60.0}


class FakeRunner:
    """Measures nothing, until it is interrupted after so many trials."""

    scale = SCALES["quick"]
    environment = read_environment()

    def __init__(self, trials: int, end: Exception, validity: Validity = VALID) -> None:
        self._left = trials
        self._end = end
        self._validity = validity

    def probe(self) -> Sequence[CoreProbe]:
        return []

    def measure(self, planned: OracleTrial) -> Measured:
        if not self._left:
            raise self._end
        self._left -= 1
        return measured(planned, [1_020.0] * 1_000, [1_000.0] * 1_000, validity=self._validity)

    def ceiling(self) -> float | None:
        return 40_000.0


def run(
    trials: int,
    on_done: Callable[[OracleTrial], None] = lambda trial: None,
    end: Exception | None = None,
) -> Certificate:
    runner: Any = FakeRunner(trials, end or Interrupted())
    return proof.run(runner, "2026-01-02T03:04:05Z", on_done)


def test_an_interrupt_keeps_what_was_measured() -> None:
    done: list[str] = []
    found = run(3, lambda trial: done.append(trial.name))
    assert found.verdict == "incomplete" and not found.holds
    assert [trial.name for trial in found.trials] == done
    assert len(done) == 3
    assert found.promise.max_rate_per_s is None


def test_a_failure_keeps_what_was_measured_and_is_the_reason() -> None:
    failure = TargetError("the oracle", "it ended", "again")
    found = run(3, end=failure)
    assert found.verdict == "incomplete" and len(found.trials) == 3
    assert found.reasons[0] == "the oracle: it ended; try again"
    with pytest.raises(TargetError):
        run(0, end=failure)


def test_a_whole_run_covers_the_plan() -> None:
    found = run(1_000)
    assert [trial.name for trial in found.trials] == [t.name for t in plan(SCALES["quick"])]
    assert found.verdict != "incomplete"
    assert found.promise.max_rate_per_s == 40_000


def test_a_trial_that_is_not_valid_is_measured_three_times_at_most() -> None:
    runner: Any = FakeRunner(1_000, Interrupted(), Validity("client-bound", ("late",)))
    found = proof.run(runner, "2026-01-02T03:04:05Z", lambda trial: None)
    names = [trial.name for trial in found.trials]
    assert names == [t.name for t in plan(SCALES["quick"]) for _ in range(3)]
    assert found.verdict == "too noisy"


def test_a_trial_that_states_some_of_its_figures_is_measured_once() -> None:
    """Requests are held against the oracle's one by one, late or not."""
    partly = Validity("partly-valid", (Reason("moved", "late"),), {}, ("p99_ns",))
    runner: Any = FakeRunner(1_000, Interrupted(), partly)
    found = proof.run(runner, "2026-01-02T03:04:05Z", lambda trial: None)
    assert [trial.name for trial in found.trials] == [t.name for t in plan(SCALES["quick"])]
    assert found.verdict != "too noisy"


def test_why_a_trial_is_not_valid_is_said_in_words() -> None:
    noisy = Validity("client-bound", (Reason("missing-sends", "few"), "late"))
    found = certificate(instant(), measured(LAW, [1.0] * 9, [1.0] * 9, validity=noisy))
    assert found.verdict == "too noisy"
    assert found.reasons == ("client-bound: 1 of 2 trials, the first oracle/fixed/500: few; late",)


def test_a_certificate_is_stored_whole(tmp_path: Path) -> None:
    found = run(2)
    path = proof.store(tmp_path, found)
    assert path.parent == tmp_path / "certificates"
    assert path.name.startswith("20260102T030405Z-") and path.suffix == ".json"
    assert msgspec.json.decode(path.read_bytes(), type=Certificate) == found
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "certificates").write_text("a file")
    with pytest.raises(StoreError, match="another --results"):
        proof.store(tmp_path, run(1))
