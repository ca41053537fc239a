"""The votes of all pairs as a forest plot: ratios with their intervals beside the margin that they
must leave. Pure: the same votes give the same bytes on one machine."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from contend.claims.answer import Need, advantage, with_ratios
from contend.claims.document import BETTER, TIE, WORSE, Verdicts, Vote
from contend.reports import foreign
from contend.reports.chart_style import COLOURS, INK, PALE, QUIET, Panel, styled

_WIDTH, _ROW_HEIGHT, _COLUMNS = 250, 17, 2
_NODE, _PYTHON, _TIE, _OPEN = "Node.js is ahead", "Python is ahead", "within the margin", "open"
_SIGNS = {BETTER: _NODE, WORSE: _PYTHON, TIE: _TIE}
_SHADES = {_NODE: COLOURS["JavaScript"], _PYTHON: COLOURS["Python"], _TIE: INK, _OPEN: "#a0a7b0"}
_LEAST_REACH, _MOST_REACH = 2.0, 1000.0  # of the axis, to either side of 1
_ROOM = 1.25
_PIXELS = 1.5  # of a PNG, for one of the chart


def svg(verdicts: Verdicts) -> bytes:
    """REQUIRES: with_ratios(verdicts)."""
    text = vl_convert.vegalite_to_svg(definition(verdicts))
    return (text if text.endswith("\n") else text + "\n").encode()


def png(verdicts: Verdicts) -> bytes:
    """REQUIRES: with_ratios(verdicts)."""
    return vl_convert.vegalite_to_png(definition(verdicts), scale=_PIXELS)


def definition(verdicts: Verdicts) -> dict[str, Any]:
    """As Vega-Lite: a panel for each need, its pairs' ratios on one logarithmic axis."""
    drawn = with_ratios(verdicts)
    reach = _reach([vote for _, votes in drawn for vote in votes])
    ends = len(drawn) - _COLUMNS  # the panels at the foot of the columns have the axis' words
    panels = [_panel(need, votes, reach, at >= ends) for at, (need, votes) in enumerate(drawn)]
    title = alt.TitleParams(
        "Node.js beside Python, by need",
        subtitle=[
            verdicts.machine,
            "How many times as good Node.js's server is. Lines are intervals, adjusted over all "
            "questions of a claim; shaded: the margin.",
        ],
    )
    lines = [panels[at : at + _COLUMNS] for at in range(0, len(panels), _COLUMNS)]
    chart = alt.vconcat(
        *(alt.hconcat(*line, spacing=30).resolve_scale(y="independent") for line in lines),
        spacing=12,
        title=title,
    )
    found: dict[str, Any] = foreign.in_chart(styled(chart).to_dict())
    return found


def _panel(need: Need, votes: Sequence[Vote], reach: float, is_last: bool) -> Panel:
    points = [_point(one, reach) for one in votes]
    order = [point["pair"] for point in points]
    scale = alt.Scale(type="log", domain=[_round(1 / reach), _round(reach)], nice=False)
    axis = alt.Axis(
        title="← Python · times as good · Node.js →" if is_last else None,
        labels=is_last,
        ticks=is_last,
        values=_ticks(reach),
        labelExpr="datum.value < 1 ? '1/' + format(1/datum.value, '.3~r') : "
        "format(datum.value, '.3~r')",
    )
    pairs = alt.Y(
        "pair:N",
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=230, labelPadding=8),
    )
    x, low = (alt.X(f"{one}:Q", scale=scale, axis=axis) for one in ("value", "low"))
    colour = alt.Color(
        "sign:N",
        scale=alt.Scale(domain=list(_SHADES), range=list(_SHADES.values())),
        legend=alt.Legend(title=None, orient="top", direction="horizontal", symbolType="circle"),
    )
    margin = max(one.margin or 0.0 for one in votes)
    edges = [{"low": _round(1 / (1 + margin)), "high": _round(1 + margin), "value": 1.0}]
    band = alt.Chart(alt.InlineData(values=edges))
    base = alt.Chart(alt.InlineData(values=points)).encode(y=pairs)
    tooltip = [alt.Tooltip(f"{one}:N") for one in ("pair", "sign", "ratio", "n")]
    return alt.layer(
        band.mark_rect(color=PALE).encode(x=low, x2="high:Q"),
        band.mark_rule(color=QUIET, strokeWidth=1).encode(x=x),
        base.mark_rule(strokeWidth=2).encode(x=low, x2="high:Q", color=colour),
        base.mark_point(filled=True, size=50, opacity=1).encode(x=x, color=colour, tooltip=tooltip),
    ).properties(
        width=_WIDTH,
        height=_ROW_HEIGHT * len(points),
        title=alt.TitleParams(
            need.says, fontSize=11, fontWeight=600, anchor="start", offset=4, color=INK
        ),
    )


def _point(vote: Vote, reach: float) -> dict[str, Any]:
    assert vote.ratio is not None
    ends = [
        reach ** (-1 if at == 0 else 1) if one is None else advantage(vote, one)
        for at, one in enumerate(_ends(vote))
    ]
    inside = [_round(min(max(one, 1 / reach), reach)) for one in sorted(ends)]
    value = advantage(vote, vote.ratio)
    return {
        "pair": vote.who,
        "sign": _SIGNS.get(vote.sign, _OPEN),
        "value": _round(min(max(value, 1 / reach), reach)),
        "low": inside[0],
        "high": inside[1],
        "ratio": f"{value:.3g} ({ends[0]:.3g} to {ends[1]:.3g})",
        "n": f"{vote.n} {vote.unit}",
    }


def _ends(vote: Vote) -> tuple[float | None, float | None]:
    """Of its interval, the one that is worse for Node.js first."""
    return (vote.low, vote.high) if vote.is_higher_better else (vote.high, vote.low)


def _reach(votes: Sequence[Vote]) -> float:
    """How far the axis goes to either side of 1."""
    ends = [one for vote in votes for one in (vote.low, vote.ratio, vote.high) if one]
    farthest = max((math.exp(abs(math.log(one))) for one in ends), default=_LEAST_REACH)
    return min(max(_LEAST_REACH, _ROOM * farthest), _MOST_REACH)


def _ticks(reach: float) -> list[float]:
    steps = [1.0, 1.5, 2, 3, 5] if reach < 10 else [1, 3] if reach < 100 else [1]
    decades = [10.0**decade for decade in range(math.ceil(math.log10(reach)) + 1)]
    above = [step * decade for decade in decades for step in steps if step * decade <= reach]
    return sorted({_round(one) for value in above for one in (value, 1 / value)})


def _round(value: float) -> float:
    return float(f"{value:.6g}")
