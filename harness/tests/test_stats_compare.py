"""Comparisons: known figures, and by simulation how rarely a table holds a wrong verdict."""

import math
from dataclasses import replace

import numpy as np
import pytest
from contend.stats.compare import MARGIN, Comparison, Question, Sample, compare
from scipy import stats

EDGE = math.log1p(MARGIN)


def two(over: list[float], under: list[float], higher_is_faster: bool = False) -> Question:
    return Question((Sample(tuple(over)),), (Sample(tuple(under)),), higher_is_faster)


def drawn(draw: np.random.Generator, log_ratio: float, spread: float, n: int = 5) -> Question:
    over = np.exp(draw.normal(log_ratio, spread, n))
    return two(list(over), list(np.exp(draw.normal(0.0, spread, n))))


def one(question: Question) -> Comparison:
    return compare([question])[0]


def test_interval_is_welchs_on_the_logs() -> None:
    over, under = [2.0, 2.2, 2.4, 2.1, 2.3], [1.0, 1.4, 0.9, 1.2]
    found = one(two(over, under))
    peer = stats.ttest_ind(np.log(over), np.log(under), equal_var=False).confidence_interval(0.95)
    assert found.low == pytest.approx(math.exp(peer.low))
    assert found.high == pytest.approx(math.exp(peer.high))
    assert found.ratio == pytest.approx(stats.gmean(over) / stats.gmean(under))


@pytest.mark.parametrize(
    ("ratio", "higher_is_faster", "verdict"),
    [
        (2.0, False, "slower"),
        (2.0, True, "faster"),
        (0.5, False, "faster"),
        (0.5, True, "slower"),
        (1.01, False, "tie"),
        (1.01, True, "tie"),
        (1.03, True, "unresolved"),
    ],
)
def test_words_are_about_speed(ratio: float, higher_is_faster: bool, verdict: str) -> None:
    under = [1.0, 1.002, 0.998, 1.001, 0.999]
    found = one(two([ratio * value for value in under], under, higher_is_faster))
    assert found.verdict == verdict


def test_each_question_may_have_a_margin_of_its_own() -> None:
    under = [1.0, 1.002, 0.998, 1.001, 0.999]
    asked = two([1.08 * value for value in under], under, True)
    found = compare([replace(asked, margin=margin) for margin in (0.10, 0.05, MARGIN)])
    assert [one.verdict for one in found] == ["tie", "faster", "faster"]


def test_interval_and_verdict_agree_in_every_table() -> None:
    draw = np.random.default_rng(1)
    seen = set()
    for _ in range(200):
        truths = draw.choice([0.0, 0.02, EDGE, 0.05, 0.5, -0.3], 6)
        spread = draw.choice([0.002, 0.02, 0.2])
        for found in compare([drawn(draw, truth, spread) for truth in truths]):
            assert found.low is not None and found.high is not None
            inside = found.low > 1 / (1 + MARGIN) and found.high < 1 + MARGIN
            expected = "tie" if inside else "unresolved"
            if found.low > 1 + MARGIN:
                expected = "slower"
            if found.high < 1 / (1 + MARGIN):
                expected = "faster"
            assert found.verdict == expected
            assert found.p_adjusted is not None
            assert (found.p_adjusted <= 0.05) == (found.verdict != "unresolved")
            seen.add(found.verdict)
    assert seen == {"faster", "slower", "tie", "unresolved"}


def test_holm_steps_down_and_stops_at_the_first_that_is_not_decided() -> None:
    draw = np.random.default_rng(3)
    clear = [drawn(draw, 1.0, 0.001), drawn(draw, 0.5, 0.01)]
    unclear = [drawn(draw, 0.05, 0.1), drawn(draw, 0.0, 0.1)]
    found = compare([*unclear, *clear])
    assert [answer.verdict for answer in found] == ["unresolved", "unresolved", "slower", "slower"]
    confidences = [answer.confidence for answer in found]
    assert confidences == pytest.approx([1 - 0.05 / 2, 1 - 0.05 / 2, 1 - 0.05 / 4, 1 - 0.05 / 3])


def wrong(found: Comparison, truth: float) -> bool:
    if found.verdict == "tie":
        return abs(truth) >= EDGE
    if found.verdict == "slower":
        return truth <= EDGE
    return found.verdict == "faster" and truth >= -EDGE


@pytest.mark.parametrize(
    "truths",
    [
        [EDGE] * 6,  # the worst case: each truth on the margin's edge
        [EDGE, -EDGE, 0.0, 0.0, 0.4, 0.4],
        [0.5] * 5 + [EDGE],
    ],
)
def test_few_tables_hold_a_wrong_verdict(truths: list[float]) -> None:
    draw = np.random.default_rng(11)
    rounds = 1500
    bad = 0
    for _ in range(rounds):
        found = compare([drawn(draw, truth, 0.02) for truth in truths])
        bad += any(wrong(answer, truth) for answer, truth in zip(found, truths, strict=True))
    assert bad / rounds <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / rounds)


def test_differences_of_one_thing_with_itself_are_rarely_called_real() -> None:
    draw = np.random.default_rng(12)
    rounds = 1500
    for spread in (0.01, 0.05, 0.3):
        called = 0
        for _ in range(rounds):
            found = compare([drawn(draw, 0.0, spread) for _ in range(6)])
            called += any(answer.verdict in ("faster", "slower") for answer in found)
        assert called / rounds <= 0.05


def test_large_differences_are_found() -> None:
    draw = np.random.default_rng(13)
    rounds = 200
    found = [compare([drawn(draw, math.log(1.5), 0.03) for _ in range(6)]) for _ in range(rounds)]
    missed = sum(answer.verdict != "slower" for table in found for answer in table)
    assert missed / (6 * rounds) < 0.01


def test_a_lower_bound_can_only_be_too_low() -> None:
    bounded = Sample((5.0, 5.1, 5.0, 4.9, 5.0), is_lower_bound=True)
    known = Sample((1.0, 1.1, 1.0, 0.9, 1.0))
    slower = one(Question((bounded,), (known,), higher_is_faster=False))
    assert (slower.verdict, slower.high) == ("slower", None)
    faster = one(Question((known,), (bounded,), higher_is_faster=False))
    assert (faster.verdict, faster.low) == ("faster", None)
    # What looks faster may not be: the bound's truth may lie anywhere above it.
    assert one(Question((bounded,), (Sample((50.0, 51.0, 50.0)),), False)).verdict == "unresolved"
    both = one(Question((bounded,), (bounded,), False))
    assert (both.verdict, both.why, both.low) == ("unresolved", "both are lower bounds", None)


def test_what_cant_be_compared_says_why_and_is_no_part_of_the_family() -> None:
    clear = two([2.0, 2.1, 2.0, 2.1, 2.0], [1.0, 1.01, 1.0, 1.01, 1.0])
    found = compare([two([1.0], [1.0, 2.0]), two([0.0, 1.0], [1.0, 2.0]), clear])
    assert [answer.why for answer in found] == ["fewer than 2 trials", "a figure is 0", None]
    assert found[2].confidence == pytest.approx(0.95)
    assert compare([]) == []


def test_equal_values_are_a_tie() -> None:
    found = one(two([400.0] * 5, [400.0] * 5))
    assert (found.verdict, found.ratio, found.low, found.high) == ("tie", 1.0, 1.0, 1.0)


def test_ratios_of_ratios_carry_the_spread_of_all_four() -> None:
    draw = np.random.default_rng(14)
    rounds, held = 2000, 0
    for _ in range(rounds):
        a, null_a, b, null_b = (
            Sample(tuple(np.exp(draw.normal(centre, 0.1, 5)))) for centre in (0.3, 0.1, 0.7, 0.2)
        )
        found = one(Question((b, null_a), (a, null_b), higher_is_faster=True))
        assert found.low is not None and found.high is not None
        held += found.low <= math.exp(0.3) <= found.high
    # Satterthwaite's approximation errs by a little more than chance does, to the safe side.
    assert 0.94 < held / rounds < 0.975
