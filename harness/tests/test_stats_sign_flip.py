"""Sign flips: exact where all are enumerated, and right about as often as they say."""

import itertools

import numpy as np
import pytest
from contend.stats.sign_flip import (
    ENUMERATED_BLOCKS,
    FLIPS,
    bounds,
    least_p,
    p_above,
    p_below,
    sign_patterns,
)


def test_few_blocks_have_every_pattern_and_the_observed_one_first() -> None:
    signs = sign_patterns(3, seed=1)
    assert signs[0].tolist() == [1, 1, 1]
    assert {tuple(row) for row in signs} == set(itertools.product((1.0, -1.0), repeat=3))
    assert len(sign_patterns(ENUMERATED_BLOCKS, 1)) == 2**ENUMERATED_BLOCKS


def test_many_blocks_have_as_many_as_are_drawn_by_the_seed() -> None:
    signs = sign_patterns(ENUMERATED_BLOCKS + 1, seed=1)
    assert len(signs) == FLIPS + 1 and (signs[0] == 1).all()
    assert (signs == sign_patterns(ENUMERATED_BLOCKS + 1, seed=1)).all()
    assert (signs != sign_patterns(ENUMERATED_BLOCKS + 1, seed=2)).any()
    assert abs(signs[1:].mean()) < 0.01


def test_the_surest_p_is_one_pattern_in_all() -> None:
    logs = np.full((10, 1), 0.5) + np.linspace(0, 0.1, 10)[:, None]
    signs = sign_patterns(10, seed=1)
    assert p_above(logs, np.zeros(1), signs)[0] == least_p(10) == 2**-10


def test_p_of_one_figure_is_that_of_its_mean() -> None:
    """By counting: how many of the 2^4 sums are at least the observed one."""
    logs = np.array([[0.4], [0.1], [-0.2], [0.3]])
    sums = [
        sum(sign * value for sign, value in zip(signs, logs[:, 0], strict=True))
        for signs in itertools.product((1, -1), repeat=4)
    ]
    expected = np.mean([one >= 0.6 - 1e-12 for one in sums])
    assert p_above(logs, np.zeros(1), sign_patterns(4, 1))[0] == pytest.approx(expected)


def test_a_figure_within_its_margin_is_never_above_it() -> None:
    logs = np.array([[0.01], [0.02], [0.015], [0.012], [0.018]])
    assert p_above(logs, np.array([0.05]), sign_patterns(5, 1))[0] == 1.0


def test_figures_that_never_differ_say_nothing() -> None:
    assert (p_above(np.zeros((12, 2)), np.zeros(2), sign_patterns(12, 1)) == 1.0).all()


def test_a_family_is_harder_to_convince_than_one_figure() -> None:
    rng = np.random.default_rng(7)
    logs = rng.normal(0.01, 0.02, (12, 6))
    signs = sign_patterns(12, 1)
    alone = [p_above(logs[:, [k]], np.zeros(1), signs)[0] for k in range(6)]
    together = p_above(logs, np.zeros(6), signs)
    assert (together >= np.array(alone)).all() and (together > np.array(alone)).any()


def test_bounds_are_where_the_test_turns() -> None:
    rng = np.random.default_rng(3)
    logs = rng.normal(0.02, 0.03, 12)
    signs = sign_patterns(12, 1)
    low, high = bounds(logs, 0.05, signs)
    assert low < logs.mean() < high

    def p_at(centre: float) -> float:
        return float(p_above(logs[:, None], np.array([centre]), signs)[0])

    assert p_at(low - 1e-6) <= 0.05 < p_at(low + 1e-6)
    mirrored = bounds(-logs, 0.05, signs)
    assert (low, high) == pytest.approx((-mirrored[1], -mirrored[0]))


@pytest.mark.parametrize("blocks", [9, 20])
def test_a_figure_is_below_its_margin_where_its_upper_bound_is(blocks: int) -> None:
    rng = np.random.default_rng(5)
    logs = rng.normal(0.0, 0.02, (blocks, 1))
    signs = sign_patterns(blocks, 1)
    _, high = bounds(logs[:, 0], 0.05, signs)
    for off in (-1e-6, 1e-6, -0.01, 0.01):
        p = p_below(logs, np.array([high + off]), signs)[0]
        assert (p <= 0.05) == (off > 0)


def test_too_few_blocks_have_no_bounds() -> None:
    assert bounds(np.array([0.1, 0.2]), 0.05, sign_patterns(2, 1)) == (-np.inf, np.inf)


@pytest.mark.parametrize("blocks", [12, 20])
def test_errors_are_as_rare_as_they_are_said_to_be(blocks: int) -> None:
    """Of 400 families without any difference, and of as many intervals, with a fixed seed."""
    rng = np.random.default_rng(11)
    alarms = below = above = 0
    for seed in range(400):
        logs = 0.02 * rng.standard_t(3, (blocks, 6))
        signs = sign_patterns(blocks, seed)[:4097]
        alarms += bool((p_above(logs, np.zeros(6), signs) <= 0.05).any())
        low, high = bounds(logs[:, 0], 0.05, signs)
        below += high < 0
        above += low > 0
    assert max(alarms, below, above) <= 33  # 5% of 400, and three standard deviations
