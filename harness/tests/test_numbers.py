"""As many digits as an interval deserves, and intervals that don't contradict their verdicts."""

import pytest
from contend.reports import wording
from contend.reports.numbers import deserved_digits, end, number, ratio_digits, share
from contend.stats.compare import FASTER, TIE, UNRESOLVED, Comparison
from contend.stats.estimate import Estimate


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [
        (0.667, 0.57, "0.7"),
        (91_000.0, 0.09, "91,000"),
        (91_449.0, 0.01, "91,400"),
        (0.0557, 0.017, "0.0557"),
        # One digit of these would move them by more than half of their half-width.
        (162_000.0, 0.57, "160,000"),
        (1.49, 0.3, "1.5"),
        (0.997, 0.4, "1"),
        (26.1, None, "26"),
        (0.0, 0.3, "0"),
    ],
)
def test_digits_go_by_the_half_width(value: float, spread: float | None, text: str) -> None:
    assert number(value, deserved_digits(value, spread)) == text


@pytest.mark.parametrize("value", [1.0001, 1.4, 2.6, 4.99, 9.4, 12_345.6])
@pytest.mark.parametrize("spread", [0.005, 0.03, 0.1, 0.3, 0.57, 1.0])
def test_what_is_printed_lies_inside_its_interval(value: float, spread: float) -> None:
    printed = float(number(value, deserved_digits(value, spread)).replace(",", ""))
    assert value / (1 + spread) < printed < value * (1 + spread)


@pytest.mark.parametrize(
    ("half", "text"),
    [(0.57, "57%"), (0.088, "9%"), (0.0036, "0.4%"), (0.0002, "0.1%"), (0.0, "0%"), (0.0098, "1%")],
)
def test_half_widths_are_short_and_never_too_small(half: float, text: str) -> None:
    assert share(half) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.339, 0.439, "0.34–0.44"),  # noqa: RUF001
        (0.0521, 0.725, "0.05–0.7"),  # noqa: RUF001
        # A digit more shows on which side of the margin or of 1 an end lies.
        (1.032, 4.4, "1.032–4"),  # noqa: RUF001
        (0.196, 1.23, "0.2–1.2"),  # noqa: RUF001
        (0.62, 0.992, "0.62–0.99"),  # noqa: RUF001
    ],
)
def test_ends_are_not_printed_across_an_edge(low: float, high: float, text: str) -> None:
    digits = ratio_digits(low, high, (low * high) ** 0.5)
    assert wording.interval_of(low, high, digits) == text


def test_an_end_on_an_edge_ends_the_search_for_digits() -> None:
    assert end(1.03 + 1e-9, 2) == "1.030"


def comparison(verdict: str, low: float | None, high: float | None) -> Comparison:
    ends = [one for one in (low, high) if one is not None]
    ratio = (ends[0] * ends[-1]) ** 0.5 * (1 if len(ends) > 1 else 1.2)
    return Comparison(ratio, low, high, 0.95, 0.01, verdict, 5)


@pytest.mark.parametrize(
    ("verdict", "low", "high", "words"),
    [
        (FASTER, 1.75, 2.23, ("faster", "2.0× (1.8–2.2)")),  # noqa: RUF001
        (TIE, 0.99, 1.02, ("tie", "0.990–1.02")),  # noqa: RUF001
        (UNRESOLVED, 0.8, 1.3, ("", "0.80–1.3")),  # noqa: RUF001
        (UNRESOLVED, 0.8, None, ("", "≥ 0.80")),
        (FASTER, 2.0, None, ("faster", "≥2.4× (≥ 2.0)")),  # noqa: RUF001
    ],
)
def test_an_undecided_ratio_is_its_interval_without_a_word(
    verdict: str, low: float | None, high: float | None, words: tuple[str, str]
) -> None:
    assert wording.judgement(comparison(verdict, low, high)) == words


def test_a_figure_that_is_hardly_known_is_its_interval() -> None:
    assert wording.figure(Estimate(0.137, 0.0414, 0.454, 5), 5) == "0.04–0.5"  # noqa: RUF001
    assert wording.figure(Estimate(91_000.0, 83_600.0, 99_000.0, 4), 5) == "91,000 ±9% n=4"
    assert wording.figure(Estimate(58.4, 57.0, None, 5, is_lower_bound=True), 5) == "≥58.4"
