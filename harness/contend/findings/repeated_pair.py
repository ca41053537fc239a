"""Two files of other tools, name by name: the second's times divided by the first's, by Welch's t
on the logs of their runs, Holm-adjusted over all names. Pure."""

from collections.abc import Iterator

import msgspec

from contend.findings.other_tools import OtherFile
from contend.stats.compare import UNRESOLVED, Comparison, Question, Sample, compare
from contend.stats.estimate import Estimate, estimate

SCHEMA = "contend.repeated-pair/1"


class RepeatedFigure(msgspec.Struct, frozen=True):
    """Nanoseconds."""

    name: str
    first: Estimate | None
    second: Estimate | None
    comparison: Comparison


class RepeatedPair(msgspec.Struct, frozen=True):
    schema: str
    tool: str
    first: str
    second: str
    figures: tuple[RepeatedFigure, ...]
    only_in_one: tuple[str, ...]

    @property
    def is_conclusive(self) -> bool:
        return any(one.comparison.ratio is not None for one in self.figures)


def compare_repeated(first: OtherFile, second: OtherFile, names: tuple[str, str]) -> RepeatedPair:
    sides = [{one.name: one.values for one in file.series} for file in (first, second)]
    shared = [name for name in sides[0] if name in sides[1]]
    answers = compare(
        [
            Question((Sample(sides[1][name]),), (Sample(sides[0][name]),), higher_is_faster=False)
            for name in shared
        ]
    )
    figures = tuple(
        RepeatedFigure(name, estimate(sides[0][name]), estimate(sides[1][name]), answer)
        for name, answer in zip(shared, answers, strict=True)
    )
    return RepeatedPair(SCHEMA, first.tool, *names, figures, tuple(_alone(sides)))


def _alone(sides: list[dict[str, tuple[float, ...]]]) -> Iterator[str]:
    for one, other in (sides, sides[::-1]):
        yield from (name for name in one if name not in other)


def missing(found: RepeatedFigure) -> str:
    """What a comparison lacks; "" where it has what it needs."""
    answer = found.comparison
    if answer.why is not None:
        return answer.why.replace("trials", "runs")
    return "more runs" if answer.verdict == UNRESOLVED else ""
