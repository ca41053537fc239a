"""Servers of one language compared with those of another, by a table's judged figure. Pure.

Every idiomatic server of each language that kept up is compared with every one of the others, and
Holm's adjustment is over all of them: so the two that are best by their values may be picked out
afterwards without making any verdict surer than it is.
"""

from collections.abc import Callable
from itertools import combinations

from contend.findings.ahead import contenders
from contend.findings.table import Pair, Table
from contend.stats.compare import Paired, Question, compare

Asked = Callable[[str, str], Question | Paired | None]


def language_pairs(
    table: Table, figure: str, question: Asked, confidence: float
) -> tuple[Pair, ...]:
    """`figure`: the table's judged one, which `question` asks of two backends, the first over the
    second; None where one of them doesn't have it."""
    asked: list[tuple[str, str]] = []
    questions: list[Question | Paired] = []
    for one, other in combinations(contenders(table), 2):
        found = question(one.backend, other.backend) if one.language != other.language else None
        if found is not None:
            asked.append((one.backend, other.backend))
            questions.append(found)
    answers = compare(questions, confidence)
    return tuple(Pair(*two, figure, found) for two, found in zip(asked, answers, strict=True))
