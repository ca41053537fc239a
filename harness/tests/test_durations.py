"""Durations as people write and read them."""

import pytest
from contend.durations import (
    S_NS,
    format_clock,
    format_ns,
    parse_duration_ns,
    some_time_ns,
    three_digits,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "duration_ns"),
    [
        ("7ns", 7),
        ("250us", 250_000),
        ("250µs", 250_000),
        ("1.5ms", 1_500_000),
        ("10s", 10 * S_NS),
        ("2m", 120 * S_NS),
        ("1h", 3600 * S_NS),
        (".5s", S_NS // 2),
        ("1.s", S_NS),
        (" 3 ms ", 3_000_000),
        ("0s", 0),
        ("366m", 366 * 60 * S_NS),
        ("8784h", 366 * 24 * 3600 * S_NS),
    ],
)
def test_a_duration_is_read(text: str, duration_ns: int) -> None:
    assert parse_duration_ns(text) == duration_ns


@pytest.mark.parametrize(
    "text", ["", "10", "s", "-1s", "1e3s", "1 day", "10S", "ten s", "1s2s", "1,5s", "nans", "infs"]
)
def test_what_is_no_duration_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: a number with us, ms, s, m or h"):
        parse_duration_ns(text)


def test_more_than_a_year_is_refused() -> None:
    with pytest.raises(ValueError, match="more than a year"):
        parse_duration_ns("9999h")
    with pytest.raises(ValueError, match="more than a year"):
        parse_duration_ns("9" * 400 + "s")


@pytest.mark.parametrize("text", ["0s", "0.1ns"])
def test_some_time_is_more_than_none(text: str) -> None:
    assert parse_duration_ns(text) == 0
    with pytest.raises(ValueError, match="must be more than 0"):
        some_time_ns(text)
    assert some_time_ns("1ns") == 1


@given(st.integers(0, 10**9), st.sampled_from([("us", 10**3), ("ms", 10**6), ("s", 10**9)]))
def test_whole_numbers_are_read_exactly(number: int, unit: tuple[str, int]) -> None:
    name, scale = unit
    if number * scale <= 366 * 24 * 3600 * S_NS:
        assert parse_duration_ns(f"{number}{name}") == number * scale


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (0, "0"),
        (1, "1.00 ns"),
        (999, "999 ns"),
        (999.6, "1.00 µs"),
        (1_000, "1.00 µs"),
        (812_000, "812 µs"),
        (999_499, "999 µs"),
        (999_500, "1.00 ms"),
        (4_096_000, "4.10 ms"),
        (50_000_000, "50.0 ms"),
        (1_020_000_000, "1.02 s"),
        (1_230 * S_NS, "1,230 s"),
        (0.5, "0.500 ns"),
        (-2_000, "-2.00 µs"),
    ],
)
def test_a_time_is_printed_in_the_unit_that_suits(duration_ns: float, text: str) -> None:
    assert format_ns(duration_ns) == text


@given(st.floats(1e-2, 1e9))
def test_three_digits_are_right_within_half_of_the_last(value: float) -> None:
    printed = three_digits(value)
    assert "e" not in printed
    assert float(printed.replace(",", "")) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.812, "0.812"),
        (0.9949, "0.995"),
        (0.9951, "1.00"),
        (9.996, "10.0"),
        (99.96, "100"),
    ],
)
def test_three_digits_stay_three_when_rounded_up(value: float, text: str) -> None:
    assert three_digits(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (42, "42 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (4800, "1 h 20 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_time_left_is_printed_for_people(seconds: float, text: str) -> None:
    assert format_clock(seconds) == text
