"""Who is ahead in a table: by which figure it is judged, its rows from best to worst, the best of
each language, and how the reference compares with them. Pure.

Verdicts are those of the table's own comparisons: none is computed here.
"""

import msgspec

from contend.findings.table import Head, Row, Table
from contend.stats.compare import FASTER, SLOWER, UNRESOLVED, Comparison

IDIOMATIC = "idiomatic"


class Lead(msgspec.Struct, frozen=True):
    """The better and the worse of two servers, and how many times as fast the first is.

    Decided: faster or tie. Undecided: the first is better by its value alone, and the interval has
    both in it. A factor without an end is not known to that side.
    """

    first: Row
    second: Row
    verdict: str
    factor: float
    low: float | None
    high: float | None
    is_full: bool

    @property
    def is_decided(self) -> bool:
        return self.verdict != UNRESOLVED


def judged(table: Table) -> Head | None:
    """The one figure that a table is judged by, what a user feels first: p99 of the cheap class of
    a mix, else p99, else what else is compared; of those that most rows have."""
    rows = [row for row in table.rows if row.n]
    known = [
        head
        for head in table.heads
        if head.is_compared and 2 * sum(head.name in row.figures for row in rows) > len(rows)
    ]
    cheap = [head for head in known if head.name.startswith("p99_of_")]
    p99 = [head for head in known if head.name == "p99"]
    return next(iter([*cheap, *p99, *known]), None)


def ranked(table: Table) -> list[Row]:
    """Rows by the judged figure, best first; then those that were overloaded, then those without
    it. Servers stand before what nobody deploys, and what was left aside is not among them."""
    head = judged(table)

    def place(row: Row) -> tuple[bool, int, float]:
        found = row.figures.get(head.name) if head is not None else None
        if head is None or found is None:
            return not row.is_server, 2 if row.n else 3, 0.0
        value = -found.value if head.higher_is_faster else found.value
        return not row.is_server, int(row.overloaded), value

    return sorted((row for row in table.rows if not row.left_aside), key=place)


def contenders(table: Table) -> list[Row]:
    """The idiomatic servers that kept up, best first."""
    head = judged(table)
    return [
        row
        for row in ranked(table)
        if row.style == IDIOMATIC
        and not row.overloaded
        and head is not None
        and head.name in row.figures
    ]


def languages(table: Table) -> list[str]:
    """Of which an idiomatic server was tried, whether or not it kept up."""
    return list(dict.fromkeys(row.language for row in tried(table)))


def tried(table: Table) -> list[Row]:
    """The idiomatic servers."""
    return [row for row in table.rows if row.style == IDIOMATIC and not row.left_aside]


def broke_down(table: Table, language: str) -> bool:
    """Whether all of its servers were overloaded or failed: by their own fault, and not because the
    generator couldn't measure them."""
    rows = [row for row in tried(table) if row.language == language]
    return bool(rows) and all(
        row.overloaded or (row.failed > 0 and not row.n and not row.left_out) for row in rows
    )


def bests(table: Table) -> dict[str, Row]:
    """The best contender of each language, by its value."""
    found: dict[str, Row] = {}
    for row in contenders(table):
        found.setdefault(row.language, row)
    return found


def lead(table: Table, reference: str | None) -> Lead | None:
    """The best of a language and the best of another; where all are of one language, the reference
    and the best other one, which may be one that nobody deploys as long as it isn't ahead. None
    where the two aren't compared."""
    head = judged(table)
    best = list(bests(table).values())
    if head is None or not best:
        return None
    if len(best) > 1:
        return _lead(best[0], best[1], head, _between(table, best[0], best[1]))
    base = next((row for row in contenders(table) if row.backend == reference), None)
    rows = [*contenders(table), *ranked(table)]
    other = next((row for row in rows if row.backend != reference and row.n), None)
    if base is None or other is None or len(languages(table)) > 1:
        return None
    found = _lead(other, base, head, other.comparisons.get(head.name))
    return found if found is not None and found.first.style == IDIOMATIC else None


def _between(table: Table, first: Row, second: Row) -> Comparison | None:
    """The ratio of the first's judged figure to the second's."""
    for pair in table.pairs:
        if (pair.first, pair.second) == (first.backend, second.backend):
            return pair.comparison
        if (pair.first, pair.second) == (second.backend, first.backend):
            return _inverse(pair.comparison)
    return None


def _lead(one: Row, other: Row, head: Head, found: Comparison | None) -> Lead | None:
    """`found`: the ratio of one's figure to the other's. Its verdict is about the speed of the
    comparison's own first, so the ratio tells who is ahead."""
    if found is None or found.ratio is None:
        return None
    speed = found if head.higher_is_faster else _inverse(found)
    assert speed.ratio is not None
    is_ahead = speed.ratio >= 1
    factor = speed if is_ahead else _inverse(speed)
    assert factor.ratio is not None
    return Lead(
        first=one if is_ahead else other,
        second=other if is_ahead else one,
        verdict=FASTER if found.verdict in (FASTER, SLOWER) else found.verdict,
        factor=factor.ratio,
        low=factor.low,
        high=factor.high,
        is_full=found.is_full,
    )


def _inverse(found: Comparison) -> Comparison:
    def over(value: float | None) -> float | None:
        return 1 / value if value else None

    return Comparison(
        over(found.ratio),
        over(found.high),
        over(found.low),
        found.confidence,
        found.p_adjusted,
        found.verdict,
        found.fewest_trials,
    )
