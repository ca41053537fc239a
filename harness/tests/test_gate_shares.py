"""Shares of what went wrong: a pass is shown, as a figure's is, and not just left standing."""

from collections.abc import Sequence

import numpy as np
import pytest
from contend.blocks.record import BlockRecord, Burst, Latencies
from contend.gate.block import BASELINE, CANDIDATE, Side
from contend.gate.decide import LOOKS, least_blocks
from contend.gate.document import INCONCLUSIVE, PASS, REGRESSION, Share
from contend.gate.figures import Sides
from contend.gate.shares import MORE_ERRORS, shares_of
from made_blocks import STARTED
from msgspec.structs import replace
from test_gate_decide import OPEN, block, judged

LEAST = least_blocks()
RISK = 1 / LOOKS


def burst(side: Side, requests: int, errors: int) -> Burst:
    completed = requests - errors
    return Burst(
        lane=side,
        load=OPEN.word,
        round=1,
        duration_ns=1,
        scheduled=requests,
        completed=completed,
        latency=Latencies(10, {"p50": 1_000_000}, completed=completed),
        errors={"reset": errors} if errors else {},
    )


def made(errors: Sequence[int], requests: int, before: Sequence[int] = ()) -> list[Sides]:
    """A block a number: of so many requests of each side, what failed of the candidate's."""
    before = before or [0] * len(errors)
    sides = zip(before, errors, strict=True)
    return [
        Sides(
            BlockRecord(
                number,
                STARTED,
                (burst(BASELINE, requests, baseline), burst(CANDIDATE, requests, candidate)),
                loads=(OPEN,),
            )
        )
        for number, (baseline, candidate) in enumerate(sides, start=1)
    ]


def errors_of(errors: Sequence[int], requests: int, before: Sequence[int] = ()) -> Share:
    found, _ = shares_of(made(errors, requests, before), RISK, seed=1)
    assert found.name == "errors"
    return found


@pytest.mark.parametrize("requests", [20, 1000, 100_000])
def test_without_an_error_the_least_blocks_pass(requests: int) -> None:
    found = errors_of([0] * LEAST, requests)
    assert (found.verdict, found.p, found.high) == (PASS, 1.0, 0.0)


def test_no_more_than_the_baseline_passes() -> None:
    before = [3, 0, 1] * (LEAST // 3)
    assert errors_of(before, 100, before).verdict == PASS
    assert errors_of([1, 0, 0] * (LEAST // 3), 100, before).verdict == PASS
    assert errors_of([0] * LEAST, 100, before).verdict == PASS


def test_errors_in_most_blocks_never_pass() -> None:
    """0.5% of the requests of all blocks but one: too like chance for an alarm at one of five
    looks, and five times what is allowed."""
    found = errors_of([5] * (LEAST - 1) + [0], 1000)
    assert found.verdict == INCONCLUSIVE
    assert found.high is not None and found.high > MORE_ERRORS
    assert errors_of([5] * LEAST, 1000).verdict == REGRESSION


def test_a_block_that_fails_whole_is_not_averaged_away() -> None:
    assert errors_of([1000] + [0] * 49, 1000).verdict == INCONCLUSIVE


def test_an_error_of_few_requests_can_not_be_shown_to_be_rare() -> None:
    """One of 1,200 may be 0.4%; one of 5,000 is less than 0.1%."""
    few = errors_of([1] + [0] * 11, 100)
    assert few.verdict == INCONCLUSIVE and few.high == pytest.approx(0.0039, abs=1e-4)
    assert errors_of([1] + [0] * 49, 100).verdict == PASS
    assert errors_of([1] + [0] * 11, 10_000).verdict == PASS


@pytest.mark.parametrize(("requests", "share"), [(300, 0.002), (1000, 0.001), (10_000, 0.001)])
def test_more_than_allowed_passes_as_rarely_as_is_said(requests: int, share: float) -> None:
    """Drawn by chance, each request by itself; at the first look, where all else passes."""
    rng = np.random.default_rng(3)
    gates = 200
    passes = sum(
        errors_of(rng.binomial(requests, share, LEAST).tolist(), requests).verdict == PASS
        for _ in range(gates)
    )
    assert passes <= 0.05 * gates + 3 * (0.05 * 0.95 * gates) ** 0.5


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02])
def test_equal_sides_are_no_regression_and_pass_in_the_end(share: float) -> None:
    rng = np.random.default_rng(4)
    gates, blocks, requests = 40, 20, 10_000
    verdicts = []
    for _ in range(gates):
        baseline, candidate = rng.binomial(requests, share, (2, blocks)).tolist()
        verdicts.append(errors_of(candidate, requests, baseline).verdict)
    assert REGRESSION not in verdicts
    assert verdicts.count(PASS) >= (0.95 if share < 0.02 else 0.5) * gates


def test_the_gate_waits_for_what_its_shares_show() -> None:
    blocks = [block(number) for number in range(1, 51)]
    failed = [
        replace(one, bursts=tuple(_with_errors(burst, number) for burst in one.bursts))
        for number, one in enumerate(blocks)
    ]
    assert judged(blocks).verdict == PASS
    found = judged(failed)
    assert found.verdict == INCONCLUSIVE and found.is_final
    assert {one.verdict for one in found.metrics if one.reason is None} == {PASS}
    assert found.reasons[0] == (
        "errors: 0.11% of the requests, and 0.00% before; it may be 0.10% more, or beyond"
    )


def _with_errors(one: Burst, number: int) -> Burst:
    """About a thousandth of the candidate's requests: one in some blocks, two in others."""
    is_failing = one.lane == CANDIDATE and one.load == OPEN.word and number % 3 != 2
    return replace(one, errors={"reset": 1}) if is_failing else one


def test_too_few_blocks_say_nothing_of_shares() -> None:
    for found in shares_of(made([5] * 3, 100), None, seed=1):
        assert (found.verdict, found.p, found.high) == (INCONCLUSIVE, None, None)
