"""Two compared runs on a terminal or in a pipe. Pure."""

from collections.abc import Iterator

from rich.text import Text

from contend.findings.comparisons import ComparedRow, ComparedTable, RunComparison
from contend.reports import foreign, wording
from contend.reports.terminal import VERDICT_STYLES, aligned
from contend.stats.estimate import CONFIDENCE


def render(found: RunComparison) -> list[Text]:
    lines = [Text(f"{found.first}, then {found.second}", style="bold")]
    lines += [Text(f"{run} is incomplete", style="bold red") for run in found.incomplete]
    if found.through_null:
        lines.append(Text("their machines differ, so each figure is a ratio to its own run's null"))
        lines += [Text(f"  {foreign.on_terminal(one)}", style="yellow") for one in found.machine]
    lines += [
        Text(f"differs: {foreign.on_terminal(one)}", style="yellow") for one in found.conditions
    ]
    for table in found.tables:
        lines += [
            Text(),
            Text(foreign.on_terminal(f"{table.title}: {table.setting}"), style="bold"),
        ]
        lines += _grid(found, table)
        lines += [
            Text(foreign.on_terminal(f"  {row.backend}: {row.why_empty}"), style="yellow")
            for row in table.rows
            if row.why_empty is not None
        ]
    for run, cells in ((found.first, found.only_first), (found.second, found.only_second)):
        if cells:
            lines += [
                Text(),
                Text(f"only in {run}: {foreign.on_terminal(', '.join(cells))}", style="dim"),
            ]
    return [*lines, Text(), Text(_caption(found), style="dim")]


def _grid(found: RunComparison, table: ComparedTable) -> list[Text]:
    heads = ("backend", "figure", "first", "second", "n", "ratio", "interval", "verdict")
    lines = [[Text(head) for head in heads]]
    lines += [cells for row in table.rows for cells in _cells(found, table, row)]
    return aligned(lines, left=2) if len(lines) > 1 else []


def _cells(found: RunComparison, table: ComparedTable, row: ComparedRow) -> Iterator[list[Text]]:
    label = row.backend
    for head in table.heads:
        pair = row.figures.get(head.name)
        if pair is None:
            continue
        answer = pair.comparison
        counts = [str(one.n) for one in (pair.first, pair.second) if one is not None]
        yield [
            Text(foreign.on_terminal(label)),
            Text(f"{head.title}, × null" if found.through_null else head.column),  # noqa: RUF001
            Text(wording.value(pair.first)),
            Text(wording.value(pair.second)),
            Text(" and ".join(dict.fromkeys(counts)) + ("" if answer.is_full else wording.FEW)),
            Text(wording.ratio(answer)),
            Text(wording.ratio_interval(answer)),
            Text(answer.verdict, style=VERDICT_STYLES.get(answer.verdict, "")),
        ]
        label = ""


def _caption(found: RunComparison) -> str:
    subject = "the ratio of these ratios" if found.through_null else "second divided by first"
    return (
        f"Ratio: {subject}, with its Holm-adjusted interval, {CONFIDENCE:.0%} over each table; the "
        "words are about the second run's speed. The runs' trials were not interleaved, so what "
        "changed on the machine meanwhile is in the ratio too."
    )
