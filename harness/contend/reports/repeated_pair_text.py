"""Two files of another tool beside each other, on a terminal or in a pipe. Pure."""

from collections.abc import Iterator

from rich.text import Text

from contend.durations import format_ns
from contend.findings.repeated_pair import RepeatedFigure, RepeatedPair, missing
from contend.reports import foreign, wording
from contend.reports.terminal import aligned
from contend.stats.compare import UNRESOLVED
from contend.stats.estimate import Estimate

_ABSENT = "-"


def render(found: RepeatedPair) -> Iterator[Text]:
    names = f"{found.first}, then {found.second}"
    yield Text(foreign.on_terminal(f"{names}: {found.tool}"), style="bold")
    heads = ("name", "first", "second", "ratio", "interval", "is", "n", "lacks")
    rows = [[Text(head) for head in heads], *(_row(one) for one in found.figures)]
    yield Text()
    if found.figures:
        yield from aligned(rows, left=1)
    else:
        yield Text("nothing is in both", style="yellow")
    for name in found.only_in_one:
        yield Text(f"in one alone: {foreign.on_terminal(name)}", style="yellow")
    yield Text()
    yield Text(
        "Ratio: second divided by first, by Welch's t on the logs of their runs, adjusted over all "
        "names. The two were not measured side by side, and what the machine did between them is "
        "in it: contend gate --baseline-json and --candidate-json judge the same files.",
        style="dim",
    )


def _row(one: RepeatedFigure) -> list[Text]:
    answer = one.comparison
    verdict = "" if answer.verdict == UNRESOLVED else answer.verdict
    cells = (
        foreign.on_terminal(one.name),
        _value(one.first),
        _value(one.second),
        wording.ratio(answer),
        wording.ratio_interval(answer) or _ABSENT,
        verdict or _ABSENT,
        f"{answer.fewest_trials}",
        missing(one) or _ABSENT,
    )
    return [Text(cell) for cell in cells]


def _value(found: Estimate | None) -> str:
    return _ABSENT if found is None else format_ns(found.value)
