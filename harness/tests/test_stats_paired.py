"""Ratios of lanes in the same blocks: Student's t on their logs, and Holm over a table of both
kinds."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from contend.stats.compare import (
    FASTER,
    MARGIN,
    SLOWER,
    TIE,
    UNRESOLVED,
    Comparison,
    Paired,
    Question,
    Sample,
    compare,
)
from scipy import stats

LOOK = 0.975  # of a table of blocks
LOGS = (0.10, 0.12, 0.07, 0.11, 0.09, 0.105)


def one(logs: Sequence[float], confidence: float = 0.95, **given: bool) -> Comparison:
    asked = {"higher_is_faster": True} | given
    (found,) = compare([Paired(tuple(logs), **asked)], confidence)
    return found


def draw(rng: np.random.Generator, sigma: float, blocks: int, ratio: float = 1.0) -> Paired:
    logs = rng.normal(math.log(ratio), sigma, blocks)
    return Paired(tuple(logs.tolist()), higher_is_faster=True)


def test_the_interval_is_students_on_the_logs() -> None:
    found = one(LOGS)
    told = stats.ttest_1samp(LOGS, 0.0).confidence_interval(0.95)
    assert found.ratio == pytest.approx(math.exp(np.mean(LOGS)))
    assert found.low == pytest.approx(math.exp(told.low))
    assert found.high == pytest.approx(math.exp(told.high))
    assert (found.confidence, found.fewest_trials) == (0.95, 6)


@pytest.mark.parametrize(
    ("logs", "verdict"), [(LOGS, FASTER), ([-x for x in LOGS], SLOWER), ([0.002, -0.004] * 3, TIE)]
)
def test_p_is_that_of_the_nearest_edge(logs: Sequence[float], verdict: str) -> None:
    """Twice Student's one-sided p against the margin: of both ends of an interval."""
    edge = math.log1p(MARGIN)
    ps = {
        FASTER: [stats.ttest_1samp(logs, edge, alternative="greater").pvalue],
        SLOWER: [stats.ttest_1samp(logs, -edge, alternative="less").pvalue],
        TIE: [
            stats.ttest_1samp(logs, edge, alternative="less").pvalue,
            stats.ttest_1samp(logs, -edge, alternative="greater").pvalue,
        ],
    }[verdict]
    found = one(logs)
    assert found.verdict == verdict
    assert found.p_adjusted == pytest.approx(2 * max(ps))


def test_words_are_about_speed() -> None:
    assert one(LOGS, higher_is_faster=True).verdict == FASTER
    assert one(LOGS, higher_is_faster=False).verdict == SLOWER


def test_few_blocks_say_why_and_are_no_part_of_the_family() -> None:
    few = Paired((0.5,), higher_is_faster=True)
    answers = compare([few, Paired((), True), Paired(LOGS, True)])
    assert [answer.why for answer in answers] == ["fewer than 2 blocks"] * 2 + [None]
    assert {answer.verdict for answer in answers[:2]} == {UNRESOLVED}
    assert answers[2] == one(LOGS)


def test_what_fewer_than_half_of_the_blocks_tell_is_not_compared() -> None:
    """They are those in which it happened to be quiet."""
    few, half = (Paired(LOGS[:3], True, asked) for asked in (7, 6))
    answers = compare([few, half, Paired(LOGS, True, len(LOGS))])
    assert [answer.why for answer in answers] == ["only 3 of 7 blocks tell it", None, None]
    assert (answers[0].verdict, answers[0].ratio) == (UNRESOLVED, None)
    assert answers[1:] == compare([Paired(LOGS[:3], True), Paired(LOGS, True)]), "no part of it"
    assert compare([Paired((0.1,), True, 7)])[0].why == "fewer than 2 blocks"


def test_lower_bounds_leave_an_end_open() -> None:
    above = one(LOGS, may_be_above=True)
    assert above.high is None and above.low == one(LOGS).low and above.verdict == FASTER
    slower = one([-x for x in LOGS], may_be_above=True)
    assert slower.verdict == UNRESOLVED, "it may be more"
    below = one([-x for x in LOGS], may_be_below=True)
    assert below.low is None and below.high is not None and below.verdict == SLOWER
    both = one(LOGS, may_be_above=True, may_be_below=True)
    assert (both.why, both.ratio) == ("both are lower bounds", None)


def test_ratios_that_are_all_the_same_are_what_they_are() -> None:
    assert one([0.2] * 5).verdict == FASTER
    assert one([0.0] * 5).verdict == TIE
    assert one([0.0] * 5).low == one([0.0] * 5).high == 1.0


def test_holm_is_over_all_of_a_table_blocks_and_trials() -> None:
    rng = np.random.default_rng(5)
    clear = draw(rng, 0.005, 8, 1.5)
    near = draw(rng, 0.02, 5, 1.05)
    trials = Question(
        (Sample((200.0, 201.0, 199.0)),), (Sample((100.0, 100.5, 99.5)),), higher_is_faster=False
    )
    answers = compare([near, trials, clear], LOOK)
    assert [answer.verdict for answer in answers] == [UNRESOLVED, SLOWER, FASTER]
    alpha = 1 - LOOK
    by_p = sorted(answers, key=lambda answer: answer.p_adjusted or 0)
    assert [answer.confidence for answer in by_p] == pytest.approx(
        [1 - alpha / 3, 1 - alpha / 2, 1 - alpha]
    )
    raw = [compare([asked], LOOK)[0].p_adjusted or 0 for asked in (near, trials, clear)]
    smallest, second, last = sorted(raw)
    assert [answer.p_adjusted for answer in by_p] == pytest.approx(
        [3 * smallest, max(2 * second, 3 * smallest), max(last, 2 * second)]
    )


def test_the_first_that_is_not_decided_ends_it() -> None:
    rng = np.random.default_rng(6)
    clear = [draw(rng, 0.005, 8, 1.5) for _ in range(2)]
    middling = draw(rng, 0.02, 6, 1.08)
    alone = compare([middling], LOOK)[0]
    assert alone.verdict == FASTER
    hazy = [draw(rng, 0.05, 5, 1.0) for _ in range(40)]
    among = compare([middling, *hazy, *clear], LOOK)
    assert among[0].verdict == UNRESOLVED, "it is not sure enough for one of forty"
    assert [answer.verdict for answer in among[-2:]] == [FASTER] * 2


def alarms(sigma: float, blocks: int, ratio: float, families: int, seed: int) -> int:
    """Families of 17 comparisons, of which any verdict is wrong."""
    rng = np.random.default_rng(seed)
    wrong = {FASTER, SLOWER} if abs(math.log(ratio)) < math.log1p(MARGIN) else {TIE, SLOWER}
    found = 0
    for _ in range(families):
        asked = [draw(rng, sigma, blocks, ratio) for _ in range(17)]
        found += any(answer.verdict in wrong for answer in compare(asked))
    return found


@pytest.mark.parametrize("blocks", [5, 7, 10])
@pytest.mark.parametrize("sigma", [0.01, 0.03])
def test_equal_lanes_are_rarely_told_apart(blocks: int, sigma: float) -> None:
    """In less than 5% of tables; here the margin has them far rarer still."""
    families = 400
    found = alarms(sigma, blocks, 1.0, families, seed=blocks)
    assert found <= 0.05 * families + 3 * math.sqrt(0.05 * 0.95 * families)


@pytest.mark.parametrize("blocks", [5, 10])
def test_at_the_edge_of_the_margin_a_table_errs_as_rarely_as_is_said(blocks: int) -> None:
    """There any verdict is wrong, and nothing but the adjustment keeps them rare."""
    rng = np.random.default_rng(blocks)
    families = 600
    found = 0
    for _ in range(families):
        asked = [draw(rng, 0.03, blocks, 1 + MARGIN) for _ in range(17)]
        found += any(answer.verdict != UNRESOLVED for answer in compare(asked))
    assert found <= 0.05 * families + 3 * math.sqrt(0.05 * 0.95 * families)
    assert found >= 0.01 * families, "and no rarer for nothing"


@pytest.mark.parametrize("blocks", [2, 5, 10])
@pytest.mark.parametrize("confidence", [0.95, LOOK])
def test_intervals_hold_the_ratio_as_often_as_they_say(blocks: int, confidence: float) -> None:
    rng = np.random.default_rng(blocks)
    drawn, ratio = 4000, 1.2
    held = 0
    for _ in range(drawn):
        (found,) = compare([draw(rng, 0.03, blocks, ratio)], confidence)
        assert found.low is not None and found.high is not None
        held += found.low <= ratio <= found.high
    error = math.sqrt(confidence * (1 - confidence) / drawn)
    assert held / drawn == pytest.approx(confidence, abs=4 * error)


def test_more_blocks_decide_more() -> None:
    """What stage 2 is for: 6% at a scatter of 3%."""

    def decided(blocks: int) -> int:
        rng = np.random.default_rng(1)
        asked = [draw(rng, 0.03, blocks, 1.06) for _ in range(200)]
        return sum(compare([each], LOOK)[0].verdict == FASTER for each in asked)

    assert decided(5) < decided(10) < decided(20)
    assert decided(20) > 180
