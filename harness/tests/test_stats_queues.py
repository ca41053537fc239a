"""Closed forms of queues, against published figures and each other."""

import math

import numpy as np
import pytest
from contend.stats import queues
from contend.stats.trace import quantile_half_width, share_half_width


@pytest.mark.parametrize(
    ("quantile", "mm1", "md1", "mm2", "mm4"),
    [
        (0.5, 3.47, 2.28, 2.04, 1.35),
        (0.99, 23.03, 11.36, 11.94, 6.89),
        (0.999, 34.54, 16.70, 17.69, 9.88),
    ],
)
def test_quantiles_at_a_load_of_four_fifths(
    quantile: float, mm1: float, md1: float, mm2: float, mm4: float
) -> None:
    assert queues.mm1_quantile(0.8, quantile) == pytest.approx(mm1, abs=0.005)
    assert queues.md1_quantile(0.8, quantile) == pytest.approx(md1, abs=0.005)
    assert queues.mmc_quantile(2, 0.8, quantile) == pytest.approx(mm2, abs=0.005)
    assert queues.mmc_quantile(4, 0.8, quantile) == pytest.approx(mm4, abs=0.005)


@pytest.mark.parametrize("load", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("quantile", [0.01, 0.5, 0.99, 0.9999])
def test_one_server_is_a_case_of_several(load: float, quantile: float) -> None:
    alone = queues.mm1_quantile(load, quantile)
    assert queues.mmc_quantile(1, load, quantile) == pytest.approx(alone, rel=1e-8)


def test_two_exponentials_of_one_rate_are_no_special_case() -> None:
    beside = [queues.mmc_quantile(2, load, 0.9) for load in (0.499999, 0.5, 0.500001)]
    assert beside == sorted(beside)
    assert beside[1] == pytest.approx((beside[0] + beside[2]) / 2, rel=1e-9)


def test_md1_serves_at_once_who_finds_nobody() -> None:
    assert queues.md1_quantile(0.8, 0.19) == 1.0
    assert queues.md1_quantile(0.8, 0.21) > 1.0


def test_md1_stays_exact_far_out_in_the_tail() -> None:
    """Where doubles lose all their digits: the tail decays by e^-s a service with
    s = rho(e^s - 1), 0.43086 at 0.8."""
    step = queues.md1_quantile(0.8, 1 - 1e-12) - queues.md1_quantile(0.8, 1 - 1e-11)
    assert step == pytest.approx(math.log(10) / 0.43086, rel=1e-3)


def test_erlang() -> None:
    assert queues.erlang_b(10, 8.0) == pytest.approx(0.1217, abs=5e-5)
    assert queues.erlang_b(1, 1.0) == 0.5
    assert queues.erlang_c(1, 0.7) == pytest.approx(0.7)
    assert queues.erlang_c(2, 0.5) == pytest.approx(1 / 3)


def test_stall() -> None:
    at_once = [queues.stall_quantile(0.1, 1.0, 0.0, q) for q in (0.5, 0.9, 0.95, 0.99)]
    assert at_once == pytest.approx([0.0, 0.0, 0.05, 0.09])
    busy = [queues.stall_quantile(0.1, 1.0, 0.05, q) for q in (0.9, 0.95, 0.99)]
    assert busy == pytest.approx([0.005, 0.0525, 0.0905])


def test_the_half_width_of_a_quantile_covers_it() -> None:
    """Independent exponentials: 95% of the intervals hold the truth, give or take."""
    random = np.random.default_rng(5)
    truth = math.log(2)
    held = 0
    for _ in range(400):
        values = random.exponential(size=2_000)
        half = quantile_half_width(values, 0.5, 20)
        assert half is not None
        held += abs(float(np.quantile(values, 0.5)) - truth) <= half
    assert 0.92 <= held / 400 <= 0.99


def test_a_trace_that_is_too_short_has_no_half_width() -> None:
    values = np.arange(30.0)
    assert quantile_half_width(values, 0.99, 20) is None
    assert quantile_half_width(values[:10], 0.5, 20) is None
    assert share_half_width(values[:10] > 3, 20) is None


def test_the_half_width_of_a_share_grows_with_dependence() -> None:
    random = np.random.default_rng(5)
    flags = random.random(10_000) < 0.1
    independent = share_half_width(flags, 20)
    dependent = share_half_width(np.sort(flags), 20)
    assert independent is not None and dependent is not None
    assert independent == pytest.approx(2.09 * math.sqrt(0.09 / 10_000), rel=0.5)
    assert dependent > 10 * independent
