"""Series of gates, and what a bisection found, on a terminal. Pure."""

from rich.text import Text

from contend.gate.bisect import Found
from contend.gate.document import GateDocument, Metric
from contend.gate.history import ChangePoint, GateSeries, History
from contend.reports import foreign
from contend.reports.numbers import ABSENT
from contend.reports.terminal import aligned

_COMMIT_DIGITS = 12


def render(found: History) -> list[Text]:
    if not found.series:
        return [Text("no finished gate is stored; contend gate measures one")]
    lines: list[Text] = []
    for number, series in enumerate(found.series):
        points = found.change_points[number] if found.change_points is not None else None
        lines += [*_series(series, points), Text()]
    for one in found.mismatches:
        said = f"{one.gate}: stored as {one.stored}, and {one.computed} by its blocks"
        lines.append(Text(said, style="yellow"))
    lines.append(
        Text("Ratios of the candidate to the baseline, measured in turns; [low, high]", style="dim")
    )
    return lines


def _series(series: GateSeries, points: tuple[ChangePoint, ...] | None) -> list[Text]:
    names = list(dict.fromkeys(one.name for point in series.points for one in point.metrics))
    rows = [["started", "commit", "blocks", "verdict", *names]]
    for point in series.points:
        by_name = {one.name: one for one in point.metrics}
        cells = [_cell(by_name.get(name)) for name in names]
        rows.append([point.started, _short(point.commit), str(point.blocks), point.verdict, *cells])
    at = f" at {_short(series.revision)}" if series.revision else ""
    asked, baseline = foreign.on_terminal(series.url), foreign.on_terminal(series.baseline)
    lines = [Text(f"{asked}, baseline{at}: {baseline}")]
    if series.candidate != series.baseline:
        lines.append(Text(f"  candidate: {foreign.on_terminal(series.candidate)}"))
    lines += aligned([[Text(cell) for cell in row] for row in rows], left=2)
    for one in points or ():
        change = 100 * (one.after / one.before - 1)
        said = f"{one.figure} {change:+.1f}%: {one.before:.3f} before, {one.after:.3f} after"
        lines.append(Text(f"change at {_short(one.commit)} ({one.gate}): {said}"))
    if points == ():
        lines.append(Text("no change point"))
    return lines


def _cell(one: Metric | None) -> str:
    if one is None or one.ratio is None:
        return ABSENT
    if one.low is None or one.high is None:
        return f"{one.ratio:.3f}"
    return f"{one.ratio:.3f} [{one.low:.3f}, {one.high:.3f}]"


def tried(commit: str, found: GateDocument) -> list[Text]:
    return [Text(f"{_short(commit)}: {found.verdict} after {found.blocks} blocks")]


def blamed(found: Found) -> list[Text]:
    if found.culprit is None:
        return [Text(f"no commit can be named: {foreign.on_terminal(found.why_not or '')}")]
    return [Text(f"{found.culprit} is the first that is slower")]


def _short(commit: str | None) -> str:
    return foreign.on_terminal(commit[:_COMMIT_DIGITS]) if commit else ABSENT
