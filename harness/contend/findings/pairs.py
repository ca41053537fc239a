"""Servers of one language compared with those of another, by a table's judged figure. Pure.

Every idiomatic server of each language that kept up is compared with every one of the others, and
Holm's adjustment is over all of them: so the two that are best by their values may be picked out
afterwards without making any verdict surer than it is.
"""

from collections.abc import Mapping
from itertools import combinations

from contend.findings.ahead import contenders, judged
from contend.findings.table import Pair, Table
from contend.stats.compare import Question, Sample, compare


def language_pairs(table: Table, samples: Mapping[str, Sample]) -> tuple[Pair, ...]:
    """`samples`: the judged figure's, by backend."""
    head = judged(table)
    if head is None:
        return ()
    rows = [row for row in contenders(table) if samples[row.backend].values]
    asked = [(one, other) for one, other in combinations(rows, 2) if one.language != other.language]
    questions = [
        Question((samples[one.backend],), (samples[other.backend],), head.higher_is_faster)
        for one, other in asked
    ]
    return tuple(
        Pair(one.backend, other.backend, head.name, found)
        for (one, other), found in zip(asked, compare(questions), strict=True)
    )
