"""Servers of one language compared with those of another, by a table's judged figure. Pure.

Every idiomatic server of each language that kept up is compared with every one of the others, and
Holm's adjustment is over all of them: so the two that are best by their values may be picked out
afterwards without making any verdict surer than it is.
"""

from collections.abc import Callable
from itertools import combinations

from contend.findings.ahead import contenders, judged
from contend.findings.table import Pair, Table
from contend.stats.compare import Paired, Question, compare

# Of two backends: how the first compares with the second by the judged figure; None where a side
# doesn't have it.
Asks = Callable[[str, str], Question | Paired | None]


def language_pairs(table: Table, asks: Asks, confidence: float) -> tuple[Pair, ...]:
    head = judged(table)
    if head is None:
        return ()
    rows = combinations(contenders(table), 2)
    pairs = [(one.backend, other.backend) for one, other in rows if one.language != other.language]
    asked = [(pair, question) for pair in pairs if (question := asks(*pair)) is not None]
    answers = compare([question for _, question in asked], confidence)
    return tuple(
        Pair(*pair, head.name, found) for (pair, _), found in zip(asked, answers, strict=True)
    )
