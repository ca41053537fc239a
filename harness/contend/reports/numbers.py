"""Numbers as people read them: with as many digits as their interval deserves. Pure."""

import math

from contend.stats.compare import MARGIN
from contend.stats.estimate import Estimate

ABSENT = "–"  # noqa: RUF001 (an en dash: nothing was measured)
DASH = "–"  # noqa: RUF001 (an en dash: from, to)

# From these half-widths up, a figure has one and two digits; below, three.
_ONE_DIGIT, _TWO_DIGITS = 0.3, 0.03
UNKNOWN_DIGITS = 2  # where there is no interval
_MOST_DIGITS = 3
# Around a ratio's edges a digit more tells on which side of them it lies.
_EDGES = (1 / (1 + MARGIN), 1.0, 1 + MARGIN)
_DIGITS_AT_AN_EDGE = 4


def number(value: float, digits: int = _MOST_DIGITS) -> str:
    """So many significant digits, never in scientific notation: 0.0812, 4.10, 1,230, 61,400."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else ABSENT
    rounded = _rounded(value, digits)
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}"


def deserved_digits(value: float, spread: float | None) -> int:
    """How many digits a value with this half-width deserves, as a share of it: one for ±57%, two
    for ±9%, three for ±1%; and no fewer than move it by half of its half-width at most."""
    if spread is None or value == 0:
        return UNKNOWN_DIGITS
    digits = 1 if spread >= _ONE_DIGIT else 2 if spread >= _TWO_DIGITS else 3
    below = spread / (1 + spread)  # to the low end, where the interval is symmetric on logs
    magnitude = 10.0 ** math.floor(math.log10(abs(value)))
    while digits < _MOST_DIGITS and magnitude * 10.0 ** (1 - digits) > below * abs(value):
        digits += 1
    return digits


def half_width(found: Estimate) -> float | None:
    """As a share of the value; of a lower bound, below it."""
    if found.spread is not None:
        return found.spread
    return found.value / found.low - 1 if found.low else None


def share(value: float) -> str:
    """A half-width: ±57%, ±9%, ±0.4%; what is less than 0.1% is rounded up to it."""
    shown = 100 * value
    if shown == 0:
        return "0%"
    return f"{shown:,.0f}%" if shown >= 0.95 else f"{max(shown, 0.1):.1f}%"


def percent(share: float) -> str:
    """A share with two significant digits: 0.85%, 1.6%, 24%."""
    shown = 100 * share
    if shown == 0:
        return "0%"
    digits = max(0, 1 - math.floor(math.log10(abs(_rounded(shown, 2)))))
    return f"{shown:,.{min(digits, 3)}f}%"


def ratio_digits(low: float | None, high: float | None, ratio: float) -> int:
    """By the half-width on logs; where an end isn't known, by the other."""
    ends = [end for end in (low, high) if end]
    if not ends:
        return UNKNOWN_DIGITS
    wide = max(ends) / min(ends) if len(ends) > 1 else max(ends[0] / ratio, ratio / ends[0]) ** 2
    return deserved_digits(ratio, math.sqrt(wide) - 1)


def end(value: float, digits: int) -> str:
    """An end of a ratio's interval, with digits enough not to be printed across an edge of the
    margin or across 1: an interval and its verdict must not contradict each other."""
    while digits < _DIGITS_AT_AN_EDGE and _side(_rounded(value, digits)) != _side(value):
        digits += 1
    return number(value, digits)


def _side(value: float) -> int:
    return sum(value > edge for edge in _EDGES)


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")
