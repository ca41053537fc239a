"""Recorded times of requests, to be sent at again: `--replay FILE`.

Of an access log (combined or common: a time in brackets), of an interval log of HdrHistogram's
(.hlog: its counts), or of a CSV whose first column is a number of seconds. Times that are known to
the second alone, or as a count in an interval, are spread evenly over it.
"""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from contend.durations import S_NS
from contend.errors import UsageError
from contend.trials.histograms import Histogram

_IN_BRACKETS = re.compile(r"\[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\]")
_NUMBER = re.compile(r"\s*\"?(\d+(?:\.\d+)?)\"?\s*(?:[,;\t].*)?")
_MOST = 100_000_000
_FORMS = "an access log, an .hlog, or a CSV whose first column is seconds"


def read_recording(path: Path, speed: float = 1.0) -> tuple[int, ...]:
    """Nanoseconds from the first request on, in order, `speed` times as fast. Raises UsageError
    that names the line."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError("--replay", f"{path}: {error.strerror}", _FORMS) from None
    times_ns = sorted(_times(str(path), text))  # of intervals that overlap
    if len(times_ns) < 2:
        raise UsageError("--replay", f"{path} has fewer than two requests", _FORMS)
    if len(times_ns) > _MOST:
        raise UsageError("--replay", f"{path} has more than {_MOST:,} requests", "a part of it")
    first_ns = times_ns[0]
    return tuple(round((one - first_ns) / speed) for one in times_ns)


def _times(name: str, text: str) -> Iterator[int]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        return
    if any(line.startswith(("#[Histogram", '"StartTimestamp"')) for _, line in lines[:8]):
        yield from _interval_times(name, lines)
    elif any(_IN_BRACKETS.search(line) for _, line in lines[:8]):
        yield from _log_times(name, lines)
    else:
        yield from _column_times(name, lines)


def _log_times(name: str, lines: Sequence[tuple[int, str]]) -> Iterator[int]:
    seconds = []
    for number, line in lines:
        found = _IN_BRACKETS.search(line)
        if not found:
            raise _wrong(name, number, "no time in brackets", "lines of one format")
        try:
            at = datetime.strptime(found[1].replace(":60 ", ":59 "), "%d/%b/%Y:%H:%M:%S %z")
        except ValueError:
            raise _wrong(name, number, f"'{found[1]}' is no time", "a time that is one") from None
        seconds.append(round(at.timestamp()))
    _check_order(name, [number for number, _ in lines], seconds)
    for second, same in groupby(seconds):
        yield from _spread(second * S_NS, S_NS, len(list(same)))


def _interval_times(name: str, lines: Sequence[tuple[int, str]]) -> Iterator[int]:
    before = -1.0
    for number, line in lines:
        if line.startswith(("#", '"')):
            continue
        cells = line.split(",")
        cells = cells[1:] if cells[0].startswith("Tag=") else cells
        try:
            start, length = float(cells[0]), float(cells[1])
            count = Histogram.decode(cells[3].strip()).count
            if not (math.isfinite(start) and math.isfinite(length) and length >= 0):
                raise ValueError("no time and length")
        except (IndexError, ValueError) as error:
            raise _wrong(name, number, f"no interval of a histogram log: {error}", _FORMS) from None
        if start < before:
            raise _wrong(name, number, "it begins before the one above", "it in order of time")
        before = start
        yield from _spread(round(start * S_NS), round(length * S_NS), count)


def _column_times(name: str, lines: Sequence[tuple[int, str]]) -> Iterator[int]:
    has_heads = not _NUMBER.fullmatch(lines[0][1])
    seconds, numbers = [], []
    for number, line in lines[1:] if has_heads else lines:
        found = _NUMBER.fullmatch(line)
        if not found or not math.isfinite(float(found[1])):
            raise _wrong(name, number, "no number of seconds in the first column", _FORMS)
        seconds.append(float(found[1]))
        numbers.append(number)
    _check_order(name, numbers, seconds)
    yield from (round(one * S_NS) for one in seconds)


def _spread(begin_ns: int, length_ns: int, count: int) -> Iterator[int]:
    yield from (begin_ns + (2 * at + 1) * length_ns // (2 * count) for at in range(count))


def _check_order(name: str, numbers: Sequence[int], seconds: Sequence[float]) -> None:
    for at in range(1, len(seconds)):
        if seconds[at] < seconds[at - 1]:
            why = "its time is before that of the line above"
            raise _wrong(name, numbers[at], why, "it sorted by time")


def _wrong(name: str, number: int, why: str, instead: str) -> UsageError:
    return UsageError("--replay", f"{name}, line {number}: {why}", instead)
