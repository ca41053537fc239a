"""Ratios with their intervals on a logarithmic axis, beside the margin that they must leave: the
panel of a forest plot. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from contend.reports.chart_style import INK, PALE, QUIET, Panel, rounded

_ROW_HEIGHT = 17
_LEAST_REACH, _MOST_REACH = 2.0, 1000.0  # of the axis, to either side of 1
_ROOM = 1.25
# From 1 to either side, as far as they are needed: more of them where the axis is short.
_STEPS = ((10.0, (1.0, 1.5, 2.0, 3.0, 5.0)), (100.0, (1.0, 3.0)), (math.inf, (1.0,)))


@dataclass(frozen=True)
class Ratio:
    """How many times as good something is; an end that isn't known is None."""

    label: str
    sign: str  # what its interval says, in words
    value: float
    low: float | None
    high: float | None
    said: str  # exactly, for whoever points at it


@dataclass(frozen=True)
class Scale:
    """What all panels of a picture have in common."""

    reach: float
    shades: Mapping[str, str]  # by sign
    words: str  # under the axis
    width: int


def reach_of(ratios: Iterable[Ratio]) -> float:
    """How far an axis with all of them goes to either side of 1."""
    ends = [end for one in ratios for end in (one.low, one.value, one.high) if end]
    farthest = max((math.exp(abs(math.log(end))) for end in ends), default=_LEAST_REACH)
    return min(max(_LEAST_REACH, _ROOM * farthest), _MOST_REACH)


def panel(
    title: str, ratios: Sequence[Ratio], margin: float, scale: Scale, has_axis: bool = True
) -> Panel:
    """`margin`: as a share. `has_axis`: its labels and words, else the grid alone."""
    points = [_point(one, scale.reach) for one in ratios]
    order = [point["label"] for point in points]
    domain = [rounded(1 / scale.reach), rounded(scale.reach)]
    axis = alt.Axis(
        title=scale.words if has_axis else None,
        labels=has_axis,
        ticks=has_axis,
        values=_ticks(scale.reach),
        labelExpr="datum.value < 1 ? '1/' + format(1/datum.value, '.3~r') : "
        "format(datum.value, '.3~r')",
    )
    x, low = (
        alt.X(f"{one}:Q", scale=alt.Scale(type="log", domain=domain, nice=False), axis=axis)
        for one in ("value", "low")
    )
    labels = alt.Y(
        "label:N",
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=230, labelPadding=8),
    )
    colour = alt.Color(
        "sign:N",
        scale=alt.Scale(domain=list(scale.shades), range=list(scale.shades.values())),
        legend=alt.Legend(title=None, orient="top", direction="horizontal", symbolType="circle"),
    )
    edges = {"low": rounded(1 / (1 + margin)), "high": rounded(1 + margin), "value": 1.0}
    band = alt.Chart(alt.InlineData(values=[edges]))
    base = alt.Chart(alt.InlineData(values=points)).encode(y=labels)
    tooltip = [alt.Tooltip(f"{one}:N") for one in ("label", "sign", "said")]
    return alt.layer(
        band.mark_rect(color=PALE).encode(x=low, x2="high:Q"),
        band.mark_rule(color=QUIET, strokeWidth=1).encode(x=x),
        base.mark_rule(strokeWidth=2).encode(x=low, x2="high:Q", color=colour),
        base.mark_point(filled=True, size=50, opacity=1).encode(x=x, color=colour, tooltip=tooltip),
    ).properties(
        width=scale.width,
        height=_ROW_HEIGHT * len(points),
        title=alt.TitleParams(
            title, fontSize=11, fontWeight=600, anchor="start", offset=4, color=INK
        ),
    )


def _point(one: Ratio, reach: float) -> dict[str, Any]:
    def inside(value: float) -> float:
        return rounded(min(max(value, 1 / reach), reach))

    return {
        "label": one.label,
        "sign": one.sign,
        "value": inside(one.value),
        "low": inside(1 / reach if one.low is None else one.low),
        "high": inside(reach if one.high is None else one.high),
        "said": one.said,
    }


def _ticks(reach: float) -> list[float]:
    steps = next(steps for most, steps in _STEPS if reach < most)
    decades = [10.0**decade for decade in range(math.ceil(math.log10(reach)) + 1)]
    above = [step * decade for decade in decades for step in steps if step * decade <= reach]
    return sorted({rounded(one) for value in above for one in (value, 1 / value)})
