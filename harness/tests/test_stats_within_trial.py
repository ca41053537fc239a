"""How well figures are known from one trial: arithmetic by hand, known laws, and coverage."""

import math

import numpy as np
import pytest
from contend.stats import stationarity
from contend.stats.autocorrelation import integrated_time, long_run_variance
from contend.stats.sub_batches import SubBatches
from contend.stats.within_trial import (
    BATCH_BEYOND,
    BATCH_TIMES,
    FEWEST_BATCHES,
    FIGURES,
    LUCK,
    MEAN_RESOLUTION,
    MOST_BATCHES,
    Interval,
    interval,
    of_batches,
    within_trial,
)
from made_series import MS_NS, WIDTH_NS, ar1, series, steady
from scipy import stats


def of_counts(rows: list[list[int]], edges_ns: list[int]) -> SubBatches:
    return SubBatches(np.array(rows, dtype=np.uint64), np.array(edges_ns), WIDTH_NS)


# --- sub-batches --------------------------------------------------------------------------------


def test_a_quantile_is_interpolated_within_its_bucket() -> None:
    made = of_counts([[10, 0, 30], [0, 40, 0]], [100, 200, 300, 500])
    assert made.quantiles(0.25).tolist() == [200, 225]
    assert made.quantiles(0.5).tolist() == pytest.approx([300 + 200 / 3, 250])
    assert made.quantiles(1.0).tolist() == [500, 300]
    assert made.pooled.quantiles(0.5).tolist() == [275]


def test_a_mean_is_that_of_the_middles_of_the_buckets() -> None:
    made = of_counts([[10, 30], [0, 40]], [100, 201, 301])
    assert made.means().tolist() == [(10 * 150 + 30 * 250.5) / 40, 250.5]


def test_merging_leaves_out_what_is_over_at_the_start() -> None:
    made = of_counts([[n] for n in (1, 2, 3, 4, 5)], [100, 200])
    merged = made.merged(2)
    assert merged.sizes.tolist() == [5, 9]
    assert merged.width_ns == 2 * WIDTH_NS
    assert made.without(3).sizes.tolist() == [4, 5]


@pytest.mark.parametrize("quantile", [None, 0.5, 0.99])
def test_what_sub_batches_have_more_than_their_share_adds_up_to_nothing(
    quantile: float | None,
) -> None:
    made = steady(5000, 50)
    deviations, variance = made.deviations(quantile)
    assert deviations.sum() == pytest.approx(0, abs=1e-3)
    expected = MS_NS**2 if quantile is None else quantile * (1 - quantile)
    assert variance == pytest.approx(expected, rel=0.1)


def test_an_empty_sub_batch_has_nothing_more_than_its_share() -> None:
    made = of_counts([[10, 30], [0, 0], [20, 20]], [100, 200, 300])
    assert made.deviations(0.5)[0][1] == 0
    assert made.deviations(None)[0][1] == 0


# --- autocorrelation ----------------------------------------------------------------------------


@pytest.mark.parametrize("phi", [0.0, 0.6, 0.9])
def test_the_long_run_variance_of_a_known_process(phi: float) -> None:
    found = long_run_variance(ar1(100_000, phi))
    assert found == pytest.approx((1 + phi) / (1 - phi), rel=0.15)


def test_what_makes_up_for_itself_is_not_relied_on() -> None:
    assert long_run_variance(np.tile([1.0, -1.0], 50)) == pytest.approx(1)
    assert long_run_variance(np.full(50, 3.0)) == 0


@pytest.mark.parametrize("each", [1, 4, 20, 100])
def test_the_time_is_found_by_sub_batches_short_and_long(each: int) -> None:
    found = [
        integrated_time(series(MS_NS * (10 + ar1(100 * each, 0.6, seed)), 100), None)
        for seed in range(20)
    ]
    assert np.mean(found) == pytest.approx(4, rel=0.2)


def test_independent_requests_have_a_time_of_one() -> None:
    assert integrated_time(steady(50_000), 0.5) == pytest.approx(1, abs=0.4)
    assert integrated_time(of_counts([[5]] * 40, [100, 101]), 0.5) == 1


# --- intervals ----------------------------------------------------------------------------------


def test_an_interval_is_students_t_about_the_whole_trials_figure() -> None:
    """Ten batches of one request each, in a bucket of 1 ns: nothing is interpolated."""
    values = [100, 110, 120, 90, 95, 105, 130, 80, 100, 100]
    edges = list(range(80, 132))
    rows = [[int(edge == value) for edge in edges[:-1]] for value in values]
    found = of_batches(of_counts(rows, edges), None, 10, 1.0)
    assert isinstance(found, Interval)
    mean = float(np.mean(values))
    off = np.log(values) - math.log(mean)
    half = stats.t.ppf(0.975, 9) * math.sqrt((off**2).sum() / 9 / 10)
    assert found.half_width == pytest.approx(math.expm1(half))
    assert found.low_ns == round(mean * math.exp(-half))
    assert found.high_ns == round(mean * math.exp(half))
    assert (found.batches, found.batch_requests) == (10, 1)


def test_an_interval_lies_about_the_value_that_is_printed() -> None:
    made = steady(50_000)
    found = within_trial(made, {"p50_ns": 800_000.0}).intervals["p50_ns"]
    assert found is not None
    assert math.sqrt(found.low_ns * found.high_ns) == pytest.approx(800_000, rel=1e-5)


def test_an_interval_that_was_waited_for_is_wider() -> None:
    made = steady(50_000)
    plain = interval(made, 0.5)
    assert isinstance(plain, Interval)
    waited_for = interval(made, 0.5, waited_for=1.9 * plain.half_width)
    assert isinstance(waited_for, Interval)
    factor = 1 + LUCK / plain.batches
    assert math.log1p(waited_for.half_width) == pytest.approx(factor * math.log1p(plain.half_width))
    assert interval(made, 0.5, waited_for=2.1 * plain.half_width) == plain, "known long before"


@pytest.mark.parametrize(("figure", "quantile"), [("p50_ns", 0.5), ("p99_ns", 0.99)])
def test_there_are_ten_batches_long_enough_or_there_is_none(figure: str, quantile: float) -> None:
    for requests in (1000, 3000, 10_000, 30_000, 100_000):
        found = within_trial(steady(requests))
        given = found.intervals[figure]
        if given is None:
            assert "autocorrelation time" in found.none_because[figure]
            assert requests < 40 * BATCH_BEYOND / (1 - quantile) + 40 * BATCH_TIMES
            continue
        assert figure not in found.none_because
        assert FEWEST_BATCHES <= given.batches <= MOST_BATCHES
        time = given.autocorrelation_requests
        assert given.batch_requests >= max(BATCH_TIMES, BATCH_BEYOND / (1 - quantile)) * time
    assert within_trial(steady(100_000)).intervals[figure] is not None
    assert within_trial(steady(1000)).intervals["p99_ns"] is None


def test_ar1_of_300_requests_has_no_interval() -> None:
    """Its autocorrelation time is 4: 10 batches of 100 times that would be 4,000 requests."""
    found = within_trial(series(MS_NS * (10 + ar1(300, 0.6)), 75))
    assert set(found.intervals.values()) == {None}
    assert set(found.none_because) == set(FIGURES)


def test_latencies_that_don_t_vary_are_known_as_well_as_the_histogram_is() -> None:
    made = of_counts([[1000]] * 100, [1_000_000, 1_007_000])
    found = within_trial(made)
    assert found.stationarity.is_stationary is True
    p50, mean = found.intervals["p50_ns"], found.intervals["mean_ns"]
    assert p50 is not None
    assert mean is not None
    assert p50.half_width == pytest.approx(0.0035, rel=0.01)
    assert mean.half_width == pytest.approx(MEAN_RESOLUTION, rel=0.01)


def test_a_figure_among_lower_bounds_has_none() -> None:
    found = within_trial(steady(100_000), lowest_lower_bound_ns=3 * MS_NS)
    for figure in ("mean_ns", "p99_ns"):  # p99 is 4.6 ms
        assert found.intervals[figure] is None
        assert "lower bound" in found.none_because[figure]
    assert found.intervals["p50_ns"] is not None


def test_nothing_measured_has_none() -> None:
    found = within_trial(SubBatches(np.zeros((0, 1), np.uint64), np.array([0, 1]), WIDTH_NS))
    assert set(found.intervals.values()) == {None}
    assert set(found.none_because.values()) == {"no request has a latency"}
    assert found.stationarity.is_stationary is None


def test_a_server_that_stood_still_for_a_batch_has_none() -> None:
    rows = [[1000, 1000]] * 90 + [[0, 0]] * 10
    assert "stood still" in str(of_batches(of_counts(rows, [100, 200, 300]), 0.5, 10, 1.0))


@pytest.mark.parametrize("figure", ["mean_ns", "p50_ns", "p99_ns"])
def test_intervals_hold_the_truth_as_often_as_they_say(figure: str) -> None:
    """Seeded, so that it holds always; bench/coverage.py is the whole study."""
    truth_ns = {
        "mean_ns": 1.01 * MS_NS,
        "p50_ns": (0.01 + math.log(2)) * MS_NS,
        "p99_ns": (0.01 + math.log(100)) * MS_NS,
    }[figure]
    found = [within_trial(steady(16_000, 64, seed)).intervals[figure] for seed in range(200)]
    given = [one for one in found if one is not None]
    hits = sum(one.low_ns <= truth_ns <= one.high_ns for one in given)
    assert len(given) > 100
    # Within three deviations of 95%.
    assert abs(hits / len(given) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / len(given))


# --- stationarity -------------------------------------------------------------------------------


def test_a_steady_trial_is_called_steady_but_for_one_in_a_hundred() -> None:
    found = [stationarity.test(steady(20_000, 100, seed)) for seed in range(200)]
    assert {one.is_stationary for one in found} <= {True, False}
    assert sum(one.is_stationary is False for one in found) <= 4


def test_a_change_on_the_way_is_found_and_leaves_no_interval() -> None:
    random = np.random.default_rng(3)
    latencies = MS_NS * (0.01 + random.exponential(size=20_000))
    latencies[:10_000] *= 1.3
    found = within_trial(series(latencies, 100))
    assert found.stationarity.is_stationary is False
    assert found.stationarity.geweke_z is not None
    assert found.stationarity.geweke_z > stationarity.CRITICAL_Z, "earlier was slower"
    assert set(found.intervals.values()) == {None}
    assert set(found.none_because.values()) == {"latencies changed while they were measured"}


def test_a_warm_up_in_the_measured_time_is_found_with_its_end() -> None:
    random = np.random.default_rng(3)
    latencies = MS_NS * (0.01 + random.exponential(size=20_000))
    latencies[:3000] *= 2  # the first 15 of 100 sub-batches
    found = stationarity.test(series(latencies, 100))
    assert found.is_stationary is False
    assert found.settled_after_ns is not None
    assert abs(found.settled_after_ns - 15 * WIDTH_NS) <= 3 * WIDTH_NS


def test_a_change_of_the_tail_alone_is_found() -> None:
    random = np.random.default_rng(3)
    latencies = MS_NS * (0.01 + random.exponential(size=100_000))
    slow = random.random(10_000) < 0.02
    latencies[:10_000][slow] *= 10
    assert stationarity.test(series(latencies, 100)).is_stationary is False


def test_too_short_a_trial_is_not_called_either() -> None:
    assert stationarity.test(steady(20_000, 39)).is_stationary is None
    assert stationarity.test(steady(100, 50)).is_stationary is None
    dependent = series(MS_NS * (10 + ar1(2000, 0.99)), 100)
    assert stationarity.test(dependent).is_stationary is None


def test_mser_leaves_out_no_more_than_half() -> None:
    assert stationarity.warm_up(np.array([9.0, 9.0, 1.0, 1.1, 1.0, 1.1, 1.0, 1.1])) == 2
    assert stationarity.warm_up(np.array([1.0, 1.1, 1.0, 1.1, 9.0, 9.0, 9.0, 9.0])) <= 3
