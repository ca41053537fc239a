"""How far figures may be off: brackets of late sends, and of requests that may be anywhere."""

import math

import pytest
from contend.trials.brackets import MEAN, Bracket, by_lateness, by_rank, of_mean
from contend.trials.document import QUANTILES
from contend.trials.histograms import Histogram
from hypothesis import given
from hypothesis import strategies as st
from made_results import histogram

MS_NS = 1_000_000
TAIL = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
# 1 to 1,000 ns, where a histogram tells each from the next.
EVEN = histogram(range(1, 1001))


def test_a_bracket_says_how_far_its_figure_is_off_at_most() -> None:
    assert Bracket.of(90, 100, 130) == Bracket(90, 130, 30)
    assert Bracket.of(60, 100, 130) == Bracket(60, 130, 40)
    assert Bracket.of(100, 100, 100) == Bracket(100, 100, 0)


def test_a_figure_beside_its_bracket_is_off_by_its_further_end() -> None:
    assert Bracket.of(110, 100, 120) == Bracket(110, 120, 20)
    assert Bracket.of(70, 100, 90) == Bracket(70, 90, 30)


def test_parts_of_a_nanosecond_make_it_wider() -> None:
    assert Bracket.of(1.9, 2.0, 2.1) == Bracket(1, 3, 1)


@pytest.mark.parametrize(
    ("off_ns", "share", "least_ns", "is_so"),
    [
        (50, 0.05, 0, True),
        (51, 0.05, 0, False),
        (51, 0.05, 51, True),
        (52, 0.05, 51, False),
        (50, 0.05, 10, True),  # the larger of the two
        (10**12, 0.05, math.inf, True),
    ],
)
def test_a_figure_may_be_off_by_a_share_of_its_low_end_or_by_a_time(
    off_ns: int, share: float, least_ns: float, is_so: bool
) -> None:
    assert Bracket(1_000, 5_000, off_ns).is_within(share, least_ns) == is_so


def test_late_sends_bracket_the_mean_and_each_quantile() -> None:
    """A tenth of the requests might have taken less, another one more."""
    latency = histogram({100: 800, 200: 200})
    low, high = histogram({50: 100, 100: 700, 200: 200}), histogram({100: 700, 200: 200, 900: 100})
    assert by_lateness(latency, low, high, TAIL) == {
        MEAN: Bracket(115, 200, 80),
        "p50": Bracket(100, 100, 0),
        "p90": Bracket(200, 200, 0),
        "p99": Bracket(200, 900, 700),
    }


def test_punctual_sends_are_off_by_nothing() -> None:
    found = by_lateness(EVEN, EVEN, EVEN, TAIL)
    assert list(found) == [MEAN, "p50", "p90", "p99"]
    assert all(one.off_ns == 0 for one in found.values())
    assert (found["p90"].low_ns, found["p90"].high_ns) == (900, 900)


def test_the_closed_loop_has_no_late_sends() -> None:
    assert by_lateness(EVEN, histogram(), histogram(), TAIL) == {}


@pytest.mark.parametrize(
    ("requests", "names"),
    [
        (1, 0),
        (2, 1),
        (9, 1),
        (10, 2),
        (19, 2),
        (20, 3),
        (99, 3),
        (100, 4),
        (999, 4),
        (1_000, 5),
        (9_999, 5),
        (10_000, 6),
    ],
)
def test_a_quantile_without_a_request_beyond_it_has_none(requests: int, names: int) -> None:
    some = histogram({MS_NS: requests})
    quantiles = list(QUANTILES)[:names]
    assert list(by_lateness(some, some, some, QUANTILES)) == [MEAN, *quantiles]
    assert list(by_rank(some, 0.5, QUANTILES)) == quantiles


def test_requests_that_may_be_anywhere_bracket_a_quantile_by_its_neighbours() -> None:
    assert by_rank(EVEN, 0.1, TAIL) == {
        "p50": Bracket(400, 600, 100),
        "p90": Bracket(800, 1_000, 100),
        "p99": Bracket(890, 1_000, 100),  # there is none beyond the slowest
    }


def test_when_all_may_be_anywhere_it_is_from_the_fastest_to_the_slowest() -> None:
    assert set(by_rank(EVEN, 1.0, TAIL).values()) == {
        Bracket(1, 1_000, 500),
        Bracket(1, 1_000, 899),
        Bracket(1, 1_000, 989),
    }


def test_a_quantile_among_equals_bears_what_may_be_anywhere() -> None:
    """One in a hundred may be taken from the 2% that are slow before p99 is none of them."""
    two_kinds = histogram({100: 980, 900: 20})
    assert by_rank(two_kinds, 0.01, {"p99": 0.99})["p99"] == Bracket(100, 900, 800)
    assert by_rank(two_kinds, 0.009, {"p99": 0.99})["p99"] == Bracket(900, 900, 0)
    assert by_rank(two_kinds, 0.4, {"p50": 0.5})["p50"] == Bracket(100, 100, 0)


@pytest.mark.parametrize(("latency", "share"), [(EVEN, 0.0), (EVEN, -0.1), (histogram(), 0.1)])
def test_without_requests_or_a_share_of_them_nothing_is_anywhere(
    latency: Histogram, share: float
) -> None:
    assert by_rank(latency, share, TAIL) == {}


def test_the_mean_of_a_closed_loop_holds_what_its_users_waited_for_the_generator() -> None:
    assert of_mean(histogram({1_000: 10}), 0.1) == {MEAN: Bracket(900, 1_000, 100)}
    assert of_mean(histogram({1_000: 10}), 0.0) == of_mean(histogram(), 0.1) == {}


LATENCIES = st.lists(st.integers(0, 1_000), min_size=2, max_size=60)


@given(LATENCIES, st.data())
def test_each_figure_lies_in_its_bracket(values: list[int], data: st.DataObject) -> None:
    """Where each request's latency lies between what it is at least and at most."""
    parts = st.lists(st.integers(0, 500), min_size=len(values), max_size=len(values))
    lows = [max(0, one - by) for one, by in zip(values, data.draw(parts), strict=True)]
    highs = [one + by for one, by in zip(values, data.draw(parts), strict=True)]
    latency = histogram(values)
    for name, one in by_lateness(latency, histogram(lows), histogram(highs), QUANTILES).items():
        figure = latency.mean_ns if name == MEAN else latency.value_at_quantile_ns(QUANTILES[name])
        assert one.low_ns <= figure <= one.high_ns
        assert figure - one.low_ns <= one.off_ns + 1 and one.high_ns - figure <= one.off_ns + 1


@given(LATENCIES, st.data())
def test_wherever_those_requests_are_a_quantile_stays_in_its_bracket(
    values: list[int], data: st.DataObject
) -> None:
    between = st.integers(min(values), max(values))
    moved = data.draw(st.lists(between, min_size=1, max_size=len(values)))
    share = (len(moved) + 0.5) / len(values)
    others = data.draw(st.permutations(values))[len(moved) :]
    elsewhere = histogram([*others, *moved])
    for name, one in by_rank(histogram(values), share, QUANTILES).items():
        assert one.low_ns <= elsewhere.value_at_quantile_ns(QUANTILES[name]) <= one.high_ns
