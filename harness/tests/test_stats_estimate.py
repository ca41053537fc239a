"""Estimates: known figures, the coverage of their intervals by simulation, and what has none."""

import math

import numpy as np
import pytest
from contend.stats.estimate import estimate, median_estimate


def test_interval_is_students_on_the_logs() -> None:
    logs = [0.1, 0.2, 0.3, 0.4, 0.5]
    found = estimate([math.exp(log) for log in logs])
    assert found is not None
    half = 2.7764451 * 0.15811388 / math.sqrt(5)  # t(0.975, 4) and the standard deviation
    assert found.value == pytest.approx(math.exp(0.3))
    assert found.low == pytest.approx(math.exp(0.3 - half))
    assert found.high == pytest.approx(math.exp(0.3 + half))
    assert found.n == 5
    assert found.is_full


@pytest.mark.parametrize("n", [3, 5, 8])
def test_interval_holds_the_truth_as_often_as_it_says(n: int) -> None:
    draw = np.random.default_rng(20 + n)
    rounds = 4000
    held = 0
    for _ in range(rounds):
        found = estimate(list(np.exp(draw.normal(2.0, 0.3, n))))
        assert found is not None and found.low is not None and found.high is not None
        held += found.low <= math.exp(2.0) <= found.high
    assert held / rounds == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / rounds))


def test_few_trials_are_no_full_statement() -> None:
    four = estimate([1.0, 1.1, 1.2, 1.3])
    assert four is not None and four.low is not None and not four.is_full
    one = estimate([7.0])
    assert one is not None and one.value == pytest.approx(7.0)
    assert one.low is None and one.high is None
    assert estimate([]) is None


def test_a_figure_that_was_0_has_a_value_and_no_interval() -> None:
    found = estimate([0.0, 3.0, 3.0])
    assert found is not None
    assert (found.value, found.low, found.high) == (2.0, None, None)


def test_a_lower_bound_has_no_high_end() -> None:
    found = estimate([4.9, 5.0, 5.1, 5.0, 5.0], is_lower_bound=True)
    assert found is not None
    assert found.low is not None and found.low < 5 and found.high is None and found.spread is None


def test_equal_values_have_an_interval_without_width() -> None:
    found = estimate([400.0] * 5)
    assert found is not None
    assert found.low == found.high == found.value == pytest.approx(400)


@pytest.mark.parametrize(
    ("values", "value", "low", "high", "confidence"),
    [
        ([3.0, 1.0, 2.0], 2.0, 1.0, 3.0, 0.75),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 3.0, 1.0, 5.0, 0.9375),
        (list(range(1, 10)), 5.0, 2.0, 8.0, 1 - 2 * 10 / 512),
    ],
)
def test_capacity_stands_between_order_statistics(
    values: list[float], value: float, low: float, high: float, confidence: float
) -> None:
    found = median_estimate(values)
    assert found is not None
    assert (found.value, found.low, found.high) == (value, low, high)
    assert found.confidence == pytest.approx(confidence)


def test_order_statistics_hold_the_median_as_often_as_they_say() -> None:
    draw = np.random.default_rng(7)
    rounds = 4000
    held = 0
    for values in draw.exponential(1.0, (rounds, 3)):
        found = median_estimate(list(values))
        assert found is not None and found.low is not None and found.high is not None
        held += found.low <= math.log(2) <= found.high
    assert held / rounds == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / rounds))
