"""A gate's document on a terminal, as Markdown for a step summary, and as JUnit. Pure."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from rich.text import Text

from contend.gate.document import (
    INCONCLUSIVE,
    INVALID,
    PASS,
    REGRESSION,
    GateDocument,
    Metric,
    Verdict,
)
from contend.reports.markdown import grid
from contend.reports.terminal import aligned
from contend.reports.words import ABSENT, number, percent

_STYLES = {PASS: "green", REGRESSION: "bold red", INCONCLUSIVE: "yellow", INVALID: "yellow"}
_US, _MS = 1e3, 1e6
# Of the figures that are no time of a request, in ms: what they are shown in.
_UNITS = {"server_cpu_per_request": (", µs", _US), "goodput": (", /s", 1.0)}
_HEADS = ("figure", "baseline", "candidate", "change", "interval", "allowed", "verdict")


def render(found: GateDocument) -> list[Text]:
    lines = [[Text(head) for head in _HEADS]]
    for one in found.metrics:
        *cells, verdict = _cells(one)
        lines.append([*map(Text, cells), Text(verdict, style=_STYLES[one.verdict])])
    return [
        *aligned(lines, left=1),
        Text(),
        Text.assemble(("verdict  ", "dim"), (found.verdict, _STYLES[found.verdict])),
        *(Text(f"  {one}") for one in found.reasons),
        Text(_caption(found), style="dim"),
    ]


def markdown(found: GateDocument) -> str:
    """A section; `<!-- contend:gate -->` marks the comment that a later gate replaces."""
    rows = [list(_cells(one)) for one in found.metrics]
    parts = ["<!-- contend:gate -->", f"### contend: {found.verdict}", grid(_HEADS, rows)]
    if found.reasons:
        parts.append("\n".join(f"- {one}" for one in found.reasons))
    parts.append(_caption(found))
    if found.again:
        parts.append(f"Again: `{found.again}`")
    return "\n\n".join(parts) + "\n"


def junit(found: GateDocument) -> str:
    """A test case a figure: one that isn't known well enough is skipped."""
    failures = sum(one.verdict == REGRESSION for one in found.metrics)
    skipped = sum(one.verdict in (INCONCLUSIVE, INVALID) for one in found.metrics)
    counts = f'tests="{len(found.metrics)}" failures="{failures}" skipped="{skipped}"'
    cases = "".join(f"  {one}\n" for metric in found.metrics for one in _case(metric))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<testsuite name="contend gate" {counts}>\n{cases}</testsuite>\n'


def _case(metric: Metric) -> Iterator[str]:
    opened = f'<testcase classname="contend.gate" name={quoteattr(metric.name)}'
    said = f"{_change(metric)} {_interval(metric)}"
    if metric.verdict == REGRESSION:
        said += f" adj-p={metric.p_adjusted:.4f}"
        yield f"{opened}><failure message={quoteattr(said)}/></testcase>"
    elif metric.verdict in (INCONCLUSIVE, INVALID):
        yield f"{opened}><skipped message={quoteattr(metric.reason or said)}/></testcase>"
    else:
        yield f"{opened}/>"


def _cells(metric: Metric) -> tuple[str, ...]:
    verdict: str | Verdict = metric.verdict if metric.reason is None else "not judged"
    return (
        f"{metric.name}{_unit(metric)}",
        _value(metric, metric.baseline),
        _value(metric, metric.candidate),
        _change(metric),
        _interval(metric),
        ("+" if metric.higher_is_worse else "-") + percent(metric.delta),
        verdict,
    )


def _unit(metric: Metric) -> str:
    return _UNITS.get(metric.name, (", ms", _MS))[0]


def _value(metric: Metric, value: float | None) -> str:
    if value is None:
        return ABSENT
    return number(value / _UNITS.get(metric.name, ("", _MS))[1])


def _change(metric: Metric) -> str:
    return ABSENT if metric.ratio is None else _signed(metric.ratio)


def _interval(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return ""
    return f"[{_signed(metric.low)}, {_signed(metric.high)}]"


def _signed(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.1f}%"


def _caption(found: GateDocument) -> str:
    blocks = f"{found.blocks} paired blocks" if found.blocks else "no paired blocks"
    if found.dropped_blocks:
        blocks += f", {found.dropped_blocks} more dropped on both sides"
    advisory = (
        "; advisory: this machine has no certificate of the gate's own error rates "
        "(contend gate --error-rates)"
        if found.advisory
        else ""
    )
    return (
        f"{blocks}; change of the candidate over the baseline, its bounds with a risk of 5% each"
        f"{advisory}."
    )
