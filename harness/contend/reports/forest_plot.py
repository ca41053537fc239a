"""The votes of all pairs as a forest plot: ratios with their intervals beside the margin that they
must leave. Pure: the same votes give the same bytes on one machine."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from contend.claims.answer import Need, advantage, with_ratios
from contend.claims.document import BETTER, TIE, WORSE, Verdicts, Vote
from contend.reports import foreign
from contend.reports.chart_style import COLOURS, INK, drawn_svg, styled
from contend.reports.ratio_panel import Ratio, Scale, panel, reach_of

_WIDTH, _COLUMNS = 250, 2
_NODE, _PYTHON, _TIE, _OPEN = "Node.js is ahead", "Python is ahead", "within the margin", "open"
_SIGNS = {BETTER: _NODE, WORSE: _PYTHON, TIE: _TIE}
_SHADES = {_NODE: COLOURS["JavaScript"], _PYTHON: COLOURS["Python"], _TIE: INK, _OPEN: "#a0a7b0"}
_WORDS = "← Python · times as good · Node.js →"
_PIXELS = 1.5  # of a PNG, for one of the chart


def svg(verdicts: Verdicts) -> bytes:
    """REQUIRES: with_ratios(verdicts)."""
    return drawn_svg(definition(verdicts))


def png(verdicts: Verdicts) -> bytes:
    """REQUIRES: with_ratios(verdicts)."""
    return vl_convert.vegalite_to_png(definition(verdicts), scale=_PIXELS)


def definition(verdicts: Verdicts) -> dict[str, Any]:
    """As Vega-Lite: a panel for each need, its pairs' ratios on one logarithmic axis."""
    drawn = [(need, [_ratio(one) for one in votes]) for need, votes in with_ratios(verdicts)]
    reach = reach_of(ratio for _, ratios in drawn for ratio in ratios)
    scale = Scale(reach, _SHADES, _WORDS, _WIDTH)
    ends = len(drawn) - _COLUMNS  # the panels at the foot of the columns have the axis' words
    panels = [
        panel(need.says, ratios, _margin(need), scale, at >= ends)
        for at, (need, ratios) in enumerate(drawn)
    ]
    lines = [panels[at : at + _COLUMNS] for at in range(0, len(panels), _COLUMNS)]
    title = alt.TitleParams(
        "Node.js beside Python, by need",
        subtitle=[
            verdicts.machine,
            "How many times as good Node.js's server is. Lines are intervals, adjusted over all "
            "questions of a claim; shaded: the margin.",
        ],
    )
    chart = alt.vconcat(
        *(alt.hconcat(*line, spacing=30).resolve_scale(y="independent") for line in lines),
        spacing=12,
        title=title,
    )
    found: dict[str, Any] = foreign.in_chart(styled(chart).to_dict())
    return found


def _margin(need: Need) -> float:
    return max(one.margin or 0.0 for one in need.votes)


def _ratio(vote: Vote) -> Ratio:
    assert vote.ratio is not None
    low, high = _ends(vote)
    value = advantage(vote, vote.ratio)
    interval = " to ".join("?" if one is None else f"{one:.3g}" for one in (low, high))
    return Ratio(
        label=vote.who,
        sign=_SIGNS.get(vote.sign, _OPEN),
        value=value,
        low=low,
        high=high,
        said=f"{value:.3g} ({interval}), {vote.n} {vote.unit}",
    )


def _ends(vote: Vote) -> Sequence[float | None]:
    """Of its interval, the one that is worse for Node.js first."""
    ends = (vote.low, vote.high) if vote.is_higher_better else (vote.high, vote.low)
    return [None if one is None else advantage(vote, one) for one in ends]
