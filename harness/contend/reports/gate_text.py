"""A gate's document on a terminal and as Markdown for a comment or a step summary. Pure."""

from rich.text import Text

from contend.gate.document import INCONCLUSIVE, INVALID, PASS, REGRESSION, GateDocument, Metric
from contend.reports import foreign, interval_plot
from contend.reports.markdown import grid
from contend.reports.numbers import ABSENT, number, percent
from contend.reports.terminal import aligned

_STYLES: dict[str, str] = {
    PASS: "green",
    REGRESSION: "bold red",
    INCONCLUSIVE: "yellow",
    INVALID: "yellow",
}
# Of the figures that are no times.
_UNITS = {"instructions_per_request": ("", 1.0), "goodput": (", /s", 1.0)}
_UNITS_OF_TIME = ((", ns", 1.0), (", µs", 1e3), (", ms", 1e6), (", s", 1e9))
_HEADS = ("figure", "baseline", "candidate", "change", "interval", "allowed", "verdict")


def render(found: GateDocument) -> list[Text]:
    lines = [[Text(head) for head in _HEADS]]
    for name, *cells, verdict in _rows(found):
        lines.append(
            [
                Text(foreign.on_terminal(name)),
                *map(Text, cells),
                Text(verdict, style=_STYLES.get(verdict, "")),
            ]
        )
    return [
        *aligned(lines, left=1),
        Text(),
        Text.assemble(("verdict  ", "dim"), (found.verdict, _STYLES[found.verdict])),
        *(Text(f"  {foreign.on_terminal(one)}") for one in found.reasons),
        Text(_caption(found), style="dim"),
    ]


def markdown(found: GateDocument) -> str:
    """A section; `<!-- contend:gate -->` marks the comment that a later gate replaces."""
    rows = [[foreign.in_markdown(name), *cells] for name, *cells in _rows(found)]
    table = grid(_HEADS, rows)
    parts = ["<!-- contend:gate -->", f"### contend: {found.verdict}", table]
    if plot := list(interval_plot.lines(found.metrics)):
        parts.append(foreign.in_markdown_block(plot))
        parts.append("Worse is to the right; | is no change, : what is allowed.")
    if found.reasons:
        parts.append("\n".join(f"- {foreign.in_markdown(one)}" for one in found.reasons))
    parts.append(_caption(found))
    if found.again:
        parts.append(f"Again: {foreign.in_markdown_code(found.again)}")
    return "\n\n".join(parts) + "\n"


def change(metric: Metric) -> str:
    return ABSENT if metric.ratio is None else _signed(metric.ratio)


def interval(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return ""
    return f"[{_signed(metric.low)}, {_signed(metric.high)}]"


def _rows(found: GateDocument) -> list[tuple[str, ...]]:
    rows = [_cells(one) for one in found.metrics]
    for one in found.shares:
        shares = (f"{one.baseline:.2%}", f"{one.candidate:.2%}")
        rows.append((f"{one.name}, of {one.of}", *shares, "", "", f"+{one.delta:.2%}", one.verdict))
    return rows


def _cells(metric: Metric) -> tuple[str, ...]:
    values = (metric.baseline, metric.candidate)
    unit, scale = _UNITS.get(metric.name) or _unit_of_time(values)
    return (
        f"{metric.name}{unit}",
        *(ABSENT if value is None else number(value / scale) for value in values),
        change(metric),
        interval(metric),
        ("+" if metric.higher_is_worse else "-") + percent(metric.delta),
        metric.verdict if metric.reason is None else "not judged",
    )


def _unit_of_time(values_ns: tuple[float | None, ...]) -> tuple[str, float]:
    """In which the larger one has at most three digits before its point."""
    largest_ns = max((one for one in values_ns if one is not None), default=None)
    if largest_ns is None:
        return "", 1.0
    fitting = (one for one in _UNITS_OF_TIME if largest_ns < 999.5 * one[1])
    return next(fitting, _UNITS_OF_TIME[-1])


def _signed(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.1f}%"


def _caption(found: GateDocument) -> str:
    change = "change of the candidate over the baseline, each bound with a risk of 5%"
    if found.are_apart:
        return f"Measured apart, not in paired blocks, so advisory; {change}."
    blocks = f"{found.blocks} paired blocks" if found.blocks else "no paired blocks"
    if found.dropped_blocks:
        blocks += f", {found.dropped_blocks} more dropped on both sides"
    advisory = (
        "; advisory: this machine has no certificate of the gate's own error rates "
        "(contend gate --error-rates)"
        if found.advisory
        else ""
    )
    return f"{blocks}; {change} at a look{advisory}."
