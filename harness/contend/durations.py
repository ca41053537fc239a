"""Durations as people write them (10s, 1.5ms) and as reports print them. Pure functions."""

import re

_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_FORM = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(ns|us|µs|ms|s|m|h)")
_LONGEST_NS = 366 * 24 * _UNITS_NS["h"]

S_NS = _UNITS_NS["s"]


def parse_duration_ns(text: str) -> int:
    """Nanoseconds of `10s`, `1.5ms`, `250us`. Raises ValueError that says what is allowed."""
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise ValueError(f"'{text}' is no duration: a number with us, ms, s, m or h, such as 10s")
    duration_ns = float(found[1]) * _UNITS_NS[found[2].replace("µ", "u")]
    if duration_ns > _LONGEST_NS:
        raise ValueError(f"'{text}' is more than a year")
    return round(duration_ns)


def some_time_ns(text: str) -> int:
    """As parse_duration_ns, and more than nothing."""
    duration_ns = parse_duration_ns(text)
    if duration_ns == 0:
        raise ValueError(f"'{text}' must be more than 0")
    return duration_ns


def three_digits(value: float) -> str:
    """A number with three significant digits, never in scientific notation: 0.812, 4.10, 1,230."""
    if value == 0:
        return "0"
    for digits in (2, 1, 0):
        if abs(round(value, digits)) < 10 ** (3 - digits):
            break
    if abs(value) < 0.995:
        digits = 3
    return f"{value:,.{digits}f}"


def format_ns(duration_ns: float) -> str:
    """Three significant digits in the unit that suits: 812 µs, 4.10 ms, 1.02 s."""
    for unit, scale in (("ns", 1.0), ("µs", 1e3), ("ms", 1e6)):
        if abs(duration_ns) < 999.5 * scale:
            return f"{three_digits(duration_ns / scale)} {unit}" if duration_ns else "0"
    return f"{three_digits(duration_ns / 1e9)} s"


def format_clock(seconds: float) -> str:
    """Time left or taken, for people: 42 s, 3 min 05 s, 1 h 20 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
