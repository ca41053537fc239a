"""Rows of latencies: one unit a row, 80 columns, dashes for what isn't known and ≥ for bounds."""

import pytest
from contend.reports import timing_rows
from contend.reports.timing_rows import Unit, unit_of
from contend.trials.document import ClientShare
from contend.trials.results import timings
from made_results import histogram
from msgspec.structs import replace

HEADS = "                    mean     p50     p90     p95     p99   p99.9  p99.99     max"
MS_NS = 1_000_000
# 1 to 1,000 ms, evenly.
EVEN = timings(histogram([milliseconds * MS_NS for milliseconds in range(1, 1001)]))


def cells(row: str) -> list[str]:
    """The figures of a row behind its label."""
    figures = row[16:]
    return [figures[at : at + 8].strip() for at in range(0, len(figures), 8)]


def share(**given: int) -> ClientShare:
    fields = ("mean_ns", *("p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99_9_ns", "p99_99_ns"))
    return ClientShare(**{**dict.fromkeys((*fields, "max_ns"), 0), **given})


def test_the_heads_are_above_their_figures() -> None:
    assert timing_rows.heads() == HEADS
    row = timing_rows.row("latency", EVEN)
    assert row == "latency, ms          501     500     900     950     990     999       -   1,000"
    assert len(HEADS) == len(row) == 80


@pytest.mark.parametrize(
    ("most_ns", "unit"),
    [
        (0, "µs"),
        (1, "µs"),
        (99_999_499, "µs"),
        (99_999_500, "ms"),
        (99_999_499_999, "ms"),
        (99_999_500_000, "s"),
        (366 * 24 * 3600 * 10**9, "s"),
    ],
)
def test_the_unit_is_the_smallest_in_which_the_largest_fits(most_ns: int, unit: str) -> None:
    found = unit_of([None, 0, most_ns, 1])
    assert found.name == unit
    assert len(found.say(most_ns)) <= 6 or unit == "s"


def test_without_a_figure_the_unit_is_the_smallest() -> None:
    assert unit_of([]) == unit_of([None, None]) == Unit("µs", 1e3)


@pytest.mark.parametrize(
    ("value_ns", "said"),
    [
        (0, "0"),
        (5, "0.005"),
        (812, "0.812"),
        (4_100, "4.10"),
        (45_620, "45.6"),
        (999_400, "999"),
        (1_234_567, "1,235"),
        (99_999_400, "99,999"),
    ],
)
def test_figures_have_three_digits_or_all_before_the_point(value_ns: int, said: str) -> None:
    assert unit_of([value_ns]).say(value_ns) == said


@pytest.mark.parametrize(
    ("requests", "shown"), [(1, 0), (2, 1), (10, 2), (20, 3), (100, 4), (1_000, 5), (10_000, 6)]
)
def test_a_quantile_is_a_dash_until_a_request_is_beyond_it(requests: int, shown: int) -> None:
    for count, quantiles in ((requests - 1, shown - 1), (requests, shown)):
        if not count:
            continue
        row = timing_rows.row("latency", timings(histogram({1_000: count})))
        assert cells(row) == ["1.00", *["1.00"] * quantiles, *["-"] * (6 - quantiles), "1.00"]


def test_nothing_measured_is_dashes() -> None:
    assert timing_rows.row("latency", timings(histogram())) == "latency, µs     " + "       -" * 8


def test_what_is_withheld_is_a_dash_and_the_unit_that_of_the_rest() -> None:
    moved = replace(EVEN, mean_ns=None, p99_ns=None)
    row = timing_rows.row("latency", moved)
    assert row == "latency, ms            -     500     900     950       -     999       -   1,000"
    quick = replace(timings(histogram({2_000: 100})), p99_ns=None, max_ns=None)
    assert cells(timing_rows.row("latency", quick))[4:] == ["-", "-", "-", "-"]
    assert timing_rows.row("latency", quick).startswith("latency, µs ")


@pytest.mark.parametrize(
    ("lowest_ms", "bounds"),
    [
        (2_000, {"mean"}),
        (1_000, {"mean", "max"}),
        (950, {"mean", "p95", "p99", "p99.9", "max"}),
        (1, {"mean", "p50", "p90", "p95", "p99", "p99.9", "max"}),
    ],
)
def test_from_the_lowest_lower_bound_on_all_are_bounds(lowest_ms: int, bounds: set[str]) -> None:
    given_up = replace(EVEN, lower_bounds=3)
    row = cells(timing_rows.row("latency", given_up, lowest_ms * MS_NS))
    assert {name for name, one in zip(HEADS.split(), row, strict=True) if "≥" in one} == bounds
    assert [one.removeprefix("≥") for one in row] == cells(timing_rows.row("latency", EVEN))


def test_without_a_lower_bound_nothing_is_one() -> None:
    assert "≥" not in timing_rows.row("latency", replace(EVEN, lower_bounds=3))
    assert "≥" not in cells(timing_rows.row("latency", EVEN, 1))[0], "of a mean without any"


def test_the_largest_lower_bounds_still_fit() -> None:
    most_ns = 99_999_499_999
    fields = ("mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "max_ns")
    longest = replace(EVEN, count=10_000, lower_bounds=1, **dict.fromkeys(fields, most_ns))
    row = timing_rows.row("closed-loop", longest, 0)
    assert row == "closed-loop, ms " + " ≥99,999" * 8


def test_what_was_taken_out_is_shown_for_each_figure_that_is() -> None:
    taken = share(mean_ns=1_500, p50_ns=40_000, p99_ns=-7, p99_99_ns=9_000, max_ns=250)
    row = timing_rows.share_row("client's out", taken, EVEN)
    assert row == "client's out, µs    1.50    40.0       0       0       0       0       -   0.250"
    moved = replace(EVEN, mean_ns=None)
    assert cells(timing_rows.share_row("client's out", taken, moved))[0] == "-"


def test_the_unit_of_what_was_taken_out_is_its_own() -> None:
    row = timing_rows.share_row("client's out", share(max_ns=200 * MS_NS), EVEN)
    assert row.startswith("client's out, ms       0 ")
    assert cells(row)[-1] == "200"


def test_one_quantile_has_its_own_unit() -> None:
    assert timing_rows.quantile(EVEN, "p50_ns", None) == "500 ms"
    assert timing_rows.quantile(EVEN, "p50_ns", 501 * MS_NS) == "500 ms"
    assert timing_rows.quantile(EVEN, "p99_ns", 501 * MS_NS) == "≥990 ms"
    assert timing_rows.quantile(EVEN, "p99_99_ns", 1) == "-"
    assert timing_rows.quantile(replace(EVEN, p50_ns=None), "p50_ns", 1) == "-"
    slow = timings(histogram({10 * MS_NS: 50}))
    assert timing_rows.quantile(slow, "p50_ns", None) == "10.0 ms", "no 10,002 µs"


def test_a_quantile_leaves_a_blank_before_it() -> None:
    """Whatever it is: class rows have ten columns for each."""
    for value_ns in (999, 999_499, 999_500, 99_999_000, 999_499_000, 99_999 * 10**9):
        found = replace(EVEN, p50_ns=value_ns)
        assert len(timing_rows.quantile(found, "p50_ns", 0)) < 10


def test_heads_of_classes_are_ten_columns_each() -> None:
    heads = "                     share        ok    errors       p50       p99"
    assert timing_rows.class_heads(16) == heads
    assert timing_rows.class_heads(20) == "    " + heads
