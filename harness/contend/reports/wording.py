"""How tables put figures, intervals and verdicts into words. Pure functions of text."""

import re
from collections.abc import Sequence

from contend.findings.table import Errors, Head, Row, Table
from contend.reports.numbers import (
    ABSENT,
    DASH,
    deserved_digits,
    end,
    half_width,
    number,
    percent,
    ratio_digits,
    share,
)
from contend.stats.compare import TIE, UNRESOLVED, Comparison
from contend.stats.estimate import FULL_TRIALS, Estimate

FEW = "†"  # fewer of the unit than a full statement needs

# Beyond it a value says less than its interval does, and that stands in its place.
_MOST_SPREAD = 1.0


def value(found: Estimate | None) -> str:
    """The figure alone, with ≥ where it is a lower bound."""
    if found is None:
        return ABSENT
    digits = deserved_digits(found.value, half_width(found))
    return f"{'≥' if found.is_lower_bound else ''}{number(found.value, digits)}"


def figure(found: Estimate | None, n: int) -> str:
    """The figure with its interval: 95,000 ±9%; one that is hardly known, as its interval alone.

    A figure that fewer trials have than the row says so itself.
    """
    if found is None:
        return ABSENT
    mark = f" n={found.n}" if found.n != n else ""
    if found.spread is None:
        return f"{value(found)}{mark}"
    if found.spread > _MOST_SPREAD and found.low is not None and found.high is not None:
        return f"{number(found.low, 1)}{DASH}{number(found.high, 1)}{mark}"
    return f"{value(found)} ±{share(found.spread)}{mark}"


def exactly(found: Estimate | None, unit: str) -> str:
    """With its interval's ends and its number of blocks or trials."""
    if found is None:
        return ""
    low, high = (ABSENT if one is None else f"{one:,.6g}" for one in (found.low, found.high))
    bound = "≥ " if found.is_lower_bound else ""
    return (
        f"{bound}{found.value:,.6g} {unit}, {found.confidence:.0%}: {low} to {high}, n = {found.n}"
    )


def trials(row: Row) -> str:
    """How many are behind a row, of how many that were tried; marked when they are few."""
    tried = row.n + row.left_out + row.failed
    of = f" of {tried}" if tried > row.n else ""
    return f"{row.n}{FEW if is_few(row) else ''}{of}"


def is_few(row: Row) -> bool:
    return 0 < row.n < FULL_TRIALS


def errors(found: Errors | None) -> str:
    if found is None:
        return ABSENT
    return percent(found.share) if found.share else "0"


def causes(found: Errors) -> str:
    counted = ", ".join(f"{count:,} {cause}" for cause, count in found.causes.items())
    return f"{counted} of {found.requests:,} requests"


def judgement(found: Comparison | None) -> tuple[str, str]:
    """A verdict, and the ratio with the interval that it rests on. Without a verdict, the interval
    stands in the ratio's place."""
    if found is None:
        return "", ABSENT
    if found.ratio is None:
        return "", f"not compared: {found.why}"
    if found.verdict == UNRESOLVED:
        return "", ratio_interval(found)
    mark = "" if found.is_full else FEW
    if found.verdict == TIE:
        return f"{TIE}{mark}", ratio_interval(found)
    interval = ratio_interval(found)
    return f"{found.verdict}{mark}", f"{ratio(found)}{f' ({interval})' if interval else ''}"


def ratio(found: Comparison) -> str:
    """With ≥ or ≤ where one of the two figures is a lower bound."""
    if found.ratio is None:
        return ABSENT
    bound = "≥" if found.high is None else "≤" if found.low is None else ""
    return f"{bound}{number(found.ratio, _digits(found))}×"  # noqa: RUF001


def ratio_interval(found: Comparison | None) -> str:
    """The ratio's ends, 2.3 to 2.5; an end that isn't known is left open."""
    if found is None or found.ratio is None:
        return ""
    return interval_of(found.low, found.high, _digits(found))


def interval_of(low: float | None, high: float | None, digits: int) -> str:
    if low is None:
        return f"≤ {end(high, digits)}" if high is not None else ""
    return (
        f"≥ {end(low, digits)}" if high is None else f"{end(low, digits)}{DASH}{end(high, digits)}"
    )


def _digits(found: Comparison) -> int:
    assert found.ratio is not None
    return ratio_digits(found.low, found.high, found.ratio)


def name(row: Row) -> str:
    """A backend's name; a model or a baseline is called so."""
    style = "" if row.style in ("", "idiomatic") else f" ({row.style})"
    return f"{row.backend}{style}"


def state(row: Row) -> str:
    """What went wrong with a row, for the row itself."""
    if row.why_empty is not None:
        why = [one for one in reasons_of(row) if one not in row.why_empty]
        return "; ".join((row.why_empty, *why))
    said = []
    if row.overloaded:
        said.append(f"overloaded: {value(row.figures.get('goodput'))} of {asked(row)}/s")
    if row.failed:
        said.append(f"failed {row.failed} of {row.n + row.left_out + row.failed}")
    return "; ".join(said)


_LABEL = re.compile(r"(?:trial|block) \d+[a-z -]*: ")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def reasons_of(row: Row) -> dict[str, int]:
    """Why trials are not in a row, each with how many: in short, and with the range of a number
    that differs between them."""
    numbers: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for note in row.notes:
        short = re.split(r"[:,;] ", _LABEL.sub("", note, count=1), maxsplit=1)[0]
        pattern = _NUMBER.sub("{}", short, count=1)
        numbers.setdefault(pattern, []).extend(_NUMBER.findall(short)[:1])
        counts[pattern] = counts.get(pattern, 0) + 1
    return {one.replace("{}", _range(numbers[one]), 1): count for one, count in counts.items()}


def _range(numbers: Sequence[str]) -> str:
    ordered = sorted(set(numbers), key=lambda one: float(one.replace(",", "")))
    return DASH.join(dict.fromkeys((ordered[0], ordered[-1]))) if ordered else ""


def title(table: Table) -> str:
    return f"{table.title}: {table.setting}"


def shown_heads(table: Table) -> list[Head]:
    """The columns that some row has a figure for."""
    return [head for head in table.heads if any(head.name in row.figures for row in table.rows)]


def compared_heads(table: Table) -> list[Head]:
    return [head for head in table.heads if any(head.name in row.comparisons for row in table.rows)]


def asked(row: Row) -> str:
    return ABSENT if row.asked_per_s is None else f"{number(row.asked_per_s)}"


def body_bytes(row: Row) -> str:
    """Of a mix, each class's in the contract's order."""
    if not row.body_bytes:
        return ABSENT
    return ", ".join("/".join(f"{n:,}" for n in lengths) for lengths in row.body_bytes.values())
