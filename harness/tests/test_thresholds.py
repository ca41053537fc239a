"""Limits that a trial must keep: how they are written, and what holds, breaks, or isn't known."""

from typing import Any

import pytest
from contend.trials.thresholds import (
    BROKEN,
    HOLDS,
    UNKNOWN,
    Kept,
    Threshold,
    check,
    parse_threshold,
)
from made_results import S_NS, Counts, histogram, one_class, result

MS_NS = 1_000_000
# 1 to 1,000 µs, evenly: p50 is 500 µs, p99 990 µs.
EVEN = histogram([microseconds * 1_000 for microseconds in range(1, 1001)])


def said(text: str, given: Any, lost_share: float = 0.0) -> tuple[str, str]:
    kept = check(parse_threshold(text), given, lost_share)
    return kept.state, kept.words


def state(text: str, given: Any, lost_share: float = 0.0) -> str:
    return said(text, given, lost_share)[0]


# --- as they are written ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "of_class", "figure", "breaks_above", "limit"),
    [
        ("p95>50ms", "", "p95", True, 50 * MS_NS),
        ("p99.9>1.5s", "", "p99.9", True, 1.5 * S_NS),
        ("p99.9999>1h", "", "p99.9999", True, 3600 * S_NS),
        ("p5<10us", "", "p5", False, 10_000),
        ("mean>5ms", "", "mean", True, 5 * MS_NS),
        ("max>1s", "", "max", True, S_NS),
        ("errors>0.1%", "", "errors", True, 0.001),
        ("errors>0.001", "", "errors", True, 0.001),
        ("errors>0", "", "errors", True, 0.0),
        ("errors>1", "", "errors", True, 1.0),
        ("errors<100%", "", "errors", False, 1.0),
        ("errors > .5 %", "", "errors", True, 0.005),
        ("goodput<900/s", "", "goodput", False, 900.0),
        ("goodput<900.5", "", "goodput", False, 900.5),
        ("goodput>.5 /s", "", "goodput", True, 0.5),
        ("json.p99>20ms", "json", "p99", True, 20 * MS_NS),
        ("GET /a.b.p99.9>20ms", "GET /a.b", "p99.9", True, 20 * MS_NS),
        ("GET /x>y.errors>1%", "GET /x>y", "errors", True, 0.01),
        ("p99.p50>1ms", "p99", "p50", True, MS_NS),
        ("POST /.goodput<5/s", "POST /", "goodput", False, 5.0),
    ],
)
def test_a_threshold_is_read(
    text: str, of_class: str, figure: str, breaks_above: bool, limit: float
) -> None:
    found = parse_threshold(f" {text} ")
    assert found.limit == pytest.approx(limit, rel=1e-12)
    assert found == Threshold(text, of_class, figure, breaks_above, found.limit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p95",
        "p95>",
        ">50ms",
        "p95=50ms",
        "p95>=50ms>",
        "p>50ms",
        "p100>50ms",
        "p99.99999>50ms",
        "median>50ms",
        "p95 50ms",
        "latency.>5ms",
        ".p95>50ms",
    ],
)
def test_what_is_no_threshold_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (threshold: FIGURE>LIMIT, .*goodput<900/s|duration)"):
        parse_threshold(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("p0>50ms", "'p0' is no quantile: p50, p99.9"),
        ("p00.0>50ms", "'p00.0' is no quantile"),
        ("p95>0ms", "'0ms' must be more than 0"),
        ("p95>50", "'50' is no duration"),
        ("p95>-5ms", "'-5ms' is no duration"),
        ("p95>5 ms/s", "'5 ms/s' is no duration"),
        ("mean>9999h", "'9999h' is more than a year"),
        ("errors>101%", "'101%' is no share: 0.1%, or 0.001"),
        ("errors>1.1", "'1.1' is no share"),
        ("errors>-1%", "'-1%' is no share"),
        ("errors>1ms", "'1ms' is no share"),
        ("errors>nan", "'nan' is no share"),
        ("errors>1e-3", "'1e-3' is no share"),
        ("goodput<900/m", "'900/m' is no rate: 900/s"),
        ("goodput<-1", "'-1' is no rate"),
        ("goodput<inf", "'inf' is no rate"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_threshold(text)
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize(
    ("text", "quantile"),
    [("p50>1s", 0.5), ("p99.9>1s", 0.999), ("mean>1s", None), ("errors>0", None)],
)
def test_only_a_quantile_is_one(text: str, quantile: float | None) -> None:
    assert parse_threshold(text).quantile == pytest.approx(quantile)


# --- every figure -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "below", "at", "above", "words"),
    [
        ("p50", "499us", "501us", "502us", "500 µs"),
        ("p97.5", "974us", "976us", "977us", "975 µs"),
        ("p99.9", "998us", "1ms", "1001us", "999 µs"),
        ("mean", "500us", "500501ns", "501us", "501 µs"),
        ("max", "999us", "1001us", "1002us", "1.00 ms"),
        ("errors", "4.9%", "5%", "5.1%", "5%"),
        ("goodput", "94.9/s", "95/s", "95.1", "95.0/s"),
    ],
)
def test_a_limit_is_broken_from_beyond_it(
    figure: str, below: str, at: str, above: str, words: str
) -> None:
    given = result(requests=Counts(ok=950, status=50), latency=EVEN)
    assert said(f"{figure}>{below}", given) == (BROKEN, words)
    assert said(f"{figure}>{above}", given) == (HOLDS, words)
    assert said(f"{figure}<{below}", given) == (HOLDS, words)
    assert said(f"{figure}<{above}", given) == (BROKEN, words)
    if figure in ("errors", "goodput"):  # a histogram has the highest value of a bucket
        assert {state(f"{figure}{sign}{at}", given) for sign in "<>"} == {HOLDS}


def test_a_value_on_the_limit_holds() -> None:
    """In a bucket of 1 ns."""
    given = result(latency=histogram({1_000: 100}))
    for figure in ("p50", "p99", "mean", "max"):
        assert said(f"{figure}>1us", given) == (HOLDS, "1.00 µs")
        assert said(f"{figure}<1us", given) == (HOLDS, "1.00 µs")
        assert state(f"{figure}>999ns", given) == state(f"{figure}<1001ns", given) == BROKEN


@pytest.mark.parametrize("cause", ["timeout", "shed", "unfinished", "connect", "validation"])
def test_errors_are_all_that_did_not_end_well(cause: str) -> None:
    given = result(requests=Counts(ok=999, **{cause: 1}))
    assert said("errors>0", given) == (BROKEN, "0.1%")
    assert said("errors>0.1%", given) == (HOLDS, "0.1%")


def test_goodput_is_what_was_right_in_the_measured_time() -> None:
    given = result(requests=Counts(ok=1000), completed_ok=900, duration_ns=10 * S_NS)
    assert said("goodput<91/s", given) == (BROKEN, "90.0/s")
    assert said("goodput<90/s", given) == (HOLDS, "90.0/s")


def test_nothing_measured_is_not_known() -> None:
    given = result(requests=Counts(), duration_ns=0, latency=histogram(), slices=[])
    assert said("errors>0", given) == (UNKNOWN, "there was no request")
    assert said("goodput<1", given) == (UNKNOWN, "nothing was measured")
    for figure in ("p50", "mean", "max"):
        assert said(f"{figure}>1ms", given) == (UNKNOWN, "no request has a latency")


@pytest.mark.parametrize(
    ("quantile", "needed"),
    [("p50", 2), ("p90", 10), ("p95", 20), ("p99", 100), ("p99.9", 1_000), ("p99.99", 10_000)],
)
def test_a_quantile_is_known_from_the_first_request_beyond_it(quantile: str, needed: int) -> None:
    few, enough = (result(latency=histogram({1_000: count})) for count in (needed - 1, needed))
    assert said(f"{quantile}>1ms", few) == (UNKNOWN, f"it needs {needed:,} requests")
    assert said(f"{quantile}>1ms", enough) == (HOLDS, "1.00 µs")
    assert state("mean>1ms", few) == state("max>1ms", few) == HOLDS


# --- of a class -------------------------------------------------------------------------------


def test_each_figure_of_a_class_is_its_own() -> None:
    quick = one_class("GET /quick", 0.9, Counts(ok=900), histogram({100: 900}))
    slow = one_class("GET /a.b", 0.1, Counts(ok=90, reset=10), histogram({900: 100}))
    given = result(
        requests=Counts(ok=990, reset=10),
        latency=histogram({100: 900, 900: 100}),
        classes=[quick, slow],
    )
    for figure in ("p50", "p99", "mean", "max"):
        assert said(f"GET /quick.{figure}>500ns", given) == (HOLDS, "100 ns")
        assert said(f"GET /a.b.{figure}>500ns", given) == (BROKEN, "900 ns")
    assert said("GET /quick.errors>0", given) == (HOLDS, "0%")
    assert said("GET /a.b.errors>5%", given) == (BROKEN, "10%")
    assert said("GET /quick.goodput<91/s", given) == (BROKEN, "90.0/s")
    assert said("GET /a.b.goodput<9/s", given) == (HOLDS, "9.00/s")
    assert state("p50>500ns", given) == HOLDS
    assert state("max>500ns", given) == BROKEN


def test_a_class_has_its_own_bracket_and_lower_bounds() -> None:
    moved = one_class(
        *("GET /moved", 0.5, Counts(ok=500), histogram({1_000: 500})),
        latency_low=histogram({1_000: 500}),
        latency_high=histogram({9_000: 500}),
    )
    bounded = one_class(
        *("GET /bounded", 0.5, Counts(ok=400, timeout=100), histogram({1_000: 500})),
        lowest_lower_bound_ns=1_000,
    )
    given = result(latency=histogram({1_000: 1000}), classes=[moved, bounded])
    assert state("GET /moved.p99>5us", given) == UNKNOWN
    assert state("GET /bounded.p99>5us", given) == BROKEN
    assert state("p99>5us", given) == HOLDS


# --- what the generator may have moved --------------------------------------------------------


@pytest.mark.parametrize("figure", ["p50", "p99", "mean", "max"])
def test_a_limit_within_the_bracket_is_not_known_to_be_kept(figure: str) -> None:
    given = result(
        latency=histogram({200: 1000}),
        latency_low=histogram({100: 1000}),
        latency_high=histogram({400: 1000}),
    )
    unknown = (UNKNOWN, "between 100 ns and 400 ns, for what the generator did")
    for limit in ("100ns", "150ns", "300ns", "399ns"):
        assert said(f"{figure}>{limit}", given) == unknown, limit
    for limit in ("101ns", "150ns", "300ns", "400ns"):
        assert said(f"{figure}<{limit}", given) == unknown, limit
    assert said(f"{figure}>400ns", given) == said(f"{figure}<100ns", given) == (HOLDS, "200 ns")
    assert said(f"{figure}>99ns", given) == said(f"{figure}<401ns", given) == (BROKEN, "200 ns")


def test_what_late_sends_moved_is_neither_errors_nor_goodput() -> None:
    given = result(latency_low=histogram({1_000: 1000}), latency_high=histogram({4_000: 1000}))
    assert state("errors>0", given) == HOLDS
    assert state("goodput<101/s", given) == BROKEN


def test_lost_time_may_have_moved_a_quantile_by_twice_its_share() -> None:
    """A share of 5%: what was on its way then may be anywhere, and so may what it kept waiting."""
    given = result(latency=EVEN)
    assert said("p50>450us", given, lost_share=0.05) == (
        UNKNOWN,
        "between 400 µs and 600 µs, for what the generator did",
    )
    assert state("p50>590us", given, lost_share=0.05) == UNKNOWN
    assert state("p50>602us", given, lost_share=0.05) == HOLDS
    assert state("p50>398us", given, lost_share=0.05) == BROKEN
    assert state("p50>450us", given) == BROKEN
    assert state("p50>590us", given) == HOLDS


def test_at_a_rate_the_bracket_says_what_lost_time_did() -> None:
    given = result(latency=EVEN, latency_low=EVEN, latency_high=EVEN)
    assert state("p50>450us", given, lost_share=0.05) == BROKEN


# --- requests that were given up --------------------------------------------------------------


def given_up(lowest_ns: int) -> Any:
    return result(
        requests=Counts(ok=980, timeout=20),
        latency=histogram({100: 980, 900: 20}),
        lowest_lower_bound_ns=lowest_ns,
    )


def test_a_lower_bound_is_not_known_to_be_below_a_limit() -> None:
    assert said("p99>1s", given_up(900)) == (
        BROKEN,
        "≥900 ns, not known to be below: requests were given up",
    )


@pytest.mark.parametrize(("figure", "value"), [("mean", "116 ns"), ("max", "900 ns")])
def test_a_mean_and_a_maximum_of_some_lower_bounds_are_not_known(figure: str, value: str) -> None:
    """One request in a million that was given up must not break a limit."""
    assert said(f"{figure}>1s", given_up(900)) == (UNKNOWN, f"≥{value}: requests were given up")


def test_a_quantile_below_every_lower_bound_is_known() -> None:
    assert said("p50>1s", given_up(900)) == (HOLDS, "100 ns")
    assert said("p99>1s", given_up(901)) == (HOLDS, "900 ns")


def test_a_lower_bound_beyond_the_limit_breaks_it_plainly() -> None:
    assert said("p99>500ns", given_up(900)) == (BROKEN, "900 ns")


def test_a_lower_bound_above_a_least_latency_holds_it() -> None:
    assert said("p99<500ns", given_up(900)) == (HOLDS, "900 ns")


def test_what_was_found_is_a_state_and_words() -> None:
    assert check(parse_threshold("p50>1s"), result(), 0.0) == Kept(HOLDS, "1.00 ms")
