"""How well figures are known from one trial: arithmetic by hand, known laws, and coverage."""

import math
import re

import numpy as np
import pytest
from contend.stats import autocorrelation, stationarity
from contend.stats.autocorrelation import integrated_time
from contend.stats.cosines import freedom_of, long_run_variance
from contend.stats.sub_batches import SubBatches
from contend.stats.within_trial import (
    FEWEST_INDEPENDENT,
    FEWEST_SUB_BATCHES,
    LUCK,
    MEAN_RESOLUTION,
    SCARCE,
    Interval,
    interval,
    of_cosines,
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
    found = autocorrelation.long_run_variance(ar1(100_000, phi))
    assert found == pytest.approx((1 + phi) / (1 - phi), rel=0.15)


def test_what_makes_up_for_itself_is_not_relied_on() -> None:
    assert autocorrelation.long_run_variance(np.tile([1.0, -1.0], 50)) == pytest.approx(1)
    assert autocorrelation.long_run_variance(np.full(50, 3.0)) == 0


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


# --- cosines ------------------------------------------------------------------------------------


def test_there_are_as_many_degrees_of_freedom_as_cosines() -> None:
    assert [freedom_of(n) for n in (1, 10, 40, 64, 128, 1000)] == [2, 2, 4, 5, 8, 32]


def test_a_slow_wave_is_seen_by_its_own_cosine_alone() -> None:
    """Of n values and an amplitude a, it has n a² / 2, a share of which each cosine has."""
    n = 64
    waves = [3 * np.cos(np.pi * k * (np.arange(n) + 0.5) / n) for k in range(20)]
    seen = [long_run_variance(wave) for wave in waves]
    assert seen[0] == pytest.approx(0), "what all have in common"
    assert seen[1:6] == pytest.approx([n * 9 / 2 / freedom_of(n)] * 5)
    assert seen[6:] == pytest.approx([0] * 14)


@pytest.mark.parametrize("phi", [0.0, 0.6, 0.9])
def test_cosines_have_the_long_run_variance_of_a_known_process(phi: float) -> None:
    found = [long_run_variance(ar1(20_000, phi, seed)) for seed in range(20)]
    assert np.mean(found) == pytest.approx((1 + phi) / (1 - phi), rel=0.1)


def test_what_cosines_say_scatters_as_their_degrees_of_freedom_do() -> None:
    """So that Student's t is exact: a chi-square over its degrees of freedom."""
    found = [long_run_variance(ar1(128, 0.0, seed)) for seed in range(2000)]
    peer = stats.chi2(freedom_of(128), scale=1 / freedom_of(128))
    assert stats.kstest(found, peer.cdf).pvalue > 0.01


# --- intervals ----------------------------------------------------------------------------------


def test_an_interval_of_the_mean_is_students_t_on_its_log() -> None:
    """Ten requests, one a sub-batch, in buckets of 1 ns: nothing is interpolated."""
    values = np.array([100.0, 110, 120, 90, 95, 105, 130, 80, 100, 100])
    edges = list(range(80, 132))
    rows = [[int(edge == value) for edge in edges[:-1]] for value in values]
    found = of_cosines(of_counts(rows, edges), None, 1.0)
    assert isinstance(found, Interval)
    mean, n = float(values.mean()), len(values)
    waves = [np.cos(np.pi * k * (np.arange(n) + 0.5) / n) for k in (1, 2)]
    variance = np.mean([2 / n * (wave @ (values - mean)) ** 2 for wave in waves])
    scarce = 1 + SCARCE / (0.1 * n)
    half = stats.t.ppf(0.975, 2) * math.sqrt(variance / n) / mean * scarce
    assert found.half_width == pytest.approx(math.expm1(half))
    assert found.low_ns == round(mean * math.exp(-half))
    assert found.high_ns == round(mean * math.exp(half))
    assert (found.freedom, found.autocorrelation_requests) == (2, 1.0)


def test_an_interval_of_a_quantile_is_on_the_log_odds_of_lying_above_it() -> None:
    """Ends are read back from the trial's own latencies."""
    made = steady(20_000)
    found = of_cosines(made, 0.9, 1.0)
    assert isinstance(found, Interval)
    n = len(made)
    freedom = freedom_of(n)
    deviations = made.deviations(0.9)[0]
    waves = [np.cos(np.pi * k * (np.arange(n) + 0.5) / n) for k in range(1, freedom + 1)]
    error = math.sqrt(np.mean([2 * (wave @ deviations) ** 2 for wave in waves])) / 20_000
    half = stats.t.ppf(0.975, freedom) * error * (1 + SCARCE / 2_000) / (0.9 * 0.1)
    ends = [1 / (1 + math.exp(by) / 9) for by in (half, -half)]
    low, high = (float(made.pooled.quantiles(end)[0]) for end in ends)
    assert (found.low_ns, found.high_ns) == (round(low), round(high))
    centre = float(made.pooled.quantiles(0.9)[0])
    assert found.half_width == pytest.approx(max(high / centre - 1, 1 - low / centre))


def test_an_interval_lies_about_the_value_that_is_printed() -> None:
    made = steady(50_000)
    plain = within_trial(made).intervals["p50_ns"]
    found = within_trial(made, {"p50_ns": 800_000.0}).intervals["p50_ns"]
    assert plain is not None
    assert found is not None
    centre = float(made.pooled.quantiles(0.5)[0])
    assert found.low_ns / 800_000 == pytest.approx(plain.low_ns / centre, rel=1e-5)
    assert found.high_ns / 800_000 == pytest.approx(plain.high_ns / centre, rel=1e-5)
    assert found.half_width == plain.half_width


def test_an_interval_that_was_waited_for_is_wider() -> None:
    made = steady(50_000)
    plain = interval(made, 0.5)
    assert isinstance(plain, Interval)
    waited_for = interval(made, 0.5, waited_for=1.9 * plain.half_width)
    assert isinstance(waited_for, Interval)
    factor = 1 + LUCK / plain.freedom
    centre = float(made.pooled.quantiles(0.5)[0])
    for end in ("low_ns", "high_ns"):
        was, wider = (math.log(getattr(one, end) / centre) for one in (plain, waited_for))
        assert wider == pytest.approx(factor * was, rel=1e-3)
    assert waited_for.half_width > plain.half_width
    assert interval(made, 0.5, waited_for=2.1 * plain.half_width) == plain, "known long before"


@pytest.mark.parametrize(
    ("figure", "quantile", "rarer"),
    [("mean_ns", None, 0.1), ("p50_ns", 0.5, 0.5), ("p90_ns", 0.9, 0.1), ("p99_ns", 0.99, 0.01)],
)
def test_there_are_enough_independent_requests_or_there_is_no_interval(
    figure: str, quantile: float | None, rarer: float
) -> None:
    seen = set()
    for requests in (40, 100, 200, 400, 800, 3_000, 30_000):
        made = steady(requests, 40)
        found = within_trial(made)
        given = found.intervals[figure]
        seen.add(given is None)
        if given is None:
            assert re.fullmatch(
                r"measure for \S+ m?s \(its autocorrelation time is \S+ requests\)",
                found.none_because[figure],
            )
            continue
        assert figure not in found.none_because
        assert requests * rarer >= FEWEST_INDEPENDENT * given.autocorrelation_requests
        assert given.autocorrelation_requests >= integrated_time(made, quantile)
        assert given.freedom == freedom_of(40)
    assert seen == ({False} if figure == "p50_ns" else {True, False}), "ten are enough for p50"
    assert within_trial(steady(30_000)).intervals[figure] is not None


def test_a_tail_depends_on_its_past_at_least_as_p90_does() -> None:
    """A few requests far out tell little of how they depend on each other."""
    made = series(MS_NS * np.exp(ar1(20_000, 0.9)), 100)
    p99 = interval(made, 0.99)
    assert isinstance(p99, Interval)
    assert p99.autocorrelation_requests == integrated_time(made, 0.9) > integrated_time(made, 0.99)


def test_how_long_to_measure_for_is_long_enough() -> None:
    """100 sub-batches of 100 ms had too few: so many times as long have enough."""
    found = interval(steady(200), 0.99)
    assert isinstance(found, str)
    lasts = re.match(r"measure for ([\d.]+) s ", found)
    assert lasts is not None
    times = float(lasts[1]) / 10
    assert 2 < times < 10
    assert isinstance(interval(steady(math.ceil(200 * times), 100), 0.99), Interval)


def test_fewer_than_forty_sub_batches_have_no_interval() -> None:
    assert isinstance(interval(steady(50_000, FEWEST_SUB_BATCHES), 0.5), Interval)
    short = interval(steady(50_000, FEWEST_SUB_BATCHES - 1), 0.5)
    assert str(short).startswith("measure for 4.40 s (its autocorrelation time is "), (
        "40 and a tenth"
    )


def test_what_depends_on_its_past_needs_longer() -> None:
    """Of 600 requests with a time of 19 a tenth tells as much as three independent ones."""
    for phi, is_known in ((0.0, True), (0.9, False)):
        found = within_trial(series(MS_NS * (10 + ar1(600, phi)), 75))
        assert (found.intervals["mean_ns"] is not None) is is_known
        assert (found.intervals["p90_ns"] is not None) is is_known


def test_a_figure_that_the_generator_may_have_moved_has_none() -> None:
    found = within_trial(steady(100_000), withheld=("p99_ns", "mean_ns", "goodput_per_s"))
    for figure in ("mean_ns", "p99_ns"):
        assert found.intervals[figure] is None
        assert found.none_because[figure] == "the generator may have moved it"
    assert found.intervals["p50_ns"] is not None
    assert "goodput_per_s" not in found.none_because


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


def test_a_server_that_stood_still_for_a_while_is_known_worse() -> None:
    """Sub-batches may be empty."""
    rows = [[500, 500]] * 100
    still = [[500, 500]] * 90 + [[0, 0]] * 10
    plain, found = (of_cosines(of_counts(one, [100, 200, 300]), None, 1.0) for one in (rows, still))
    assert isinstance(plain, Interval)
    assert isinstance(found, Interval)
    assert found.half_width >= plain.half_width


def test_a_figure_that_is_0_has_none() -> None:
    assert of_cosines(of_counts([[5]] * 40, [0, 1]), None, 1.0) == "it is 0"


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
    assert found.stationarity.geweke_z > 10, "earlier was slower"
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
    latencies[:10_000][latencies[:10_000] > MS_NS] *= 2  # the median is below
    assert stationarity.test(series(latencies, 100)).is_stationary is False


def test_too_short_a_trial_is_not_called_either() -> None:
    assert stationarity.test(steady(20_000, 39)).is_stationary is None
    assert stationarity.test(steady(100, 50)).is_stationary is None
    dependent = series(MS_NS * (10 + ar1(2000, 0.99)), 100)
    assert stationarity.test(dependent).is_stationary is None


def test_mser_leaves_out_no_more_than_half() -> None:
    assert stationarity.warm_up(np.array([9.0, 9.0, 1.0, 1.1, 1.0, 1.1, 1.0, 1.1])) == 2
    assert stationarity.warm_up(np.array([1.0, 1.1, 1.0, 1.1, 9.0, 9.0, 9.0, 9.0])) <= 3
