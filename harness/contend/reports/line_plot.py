"""Lines of servers over something, latency upwards on a logarithmic axis: load, percentiles, time.

One definition for every format. Each line has its server's name at its end, moved so that no two
lie on one another; languages have the colours that they have everywhere. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from contend.reports import foreign
from contend.reports.chart_style import (
    INK,
    PALE,
    Panel,
    colours_of,
    drawn_svg,
    rounded,
    styled,
    tick_values,
)

_WIDTH, _HEIGHT = 520, 300
_LABEL_GAP = 12.0  # between the middles of two names, in pixels
_LABEL_ROOM = 150  # to the right of the lines
_ROOM = 1.15  # beyond the least and the largest


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    said: str  # exactly, for whoever points at it
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    name: str
    language: str
    is_server: bool
    points: Sequence[Point]


@dataclass(frozen=True)
class Axis:
    title: str
    is_log: bool = False
    values: Sequence[float] = ()
    label: str = "format(datum.value, ',.9~r')"  # a Vega expression
    domain: tuple[float, float] | None = None


@dataclass(frozen=True)
class Chart:
    title: str
    lines: Sequence[Line]
    x: Axis
    y_title: str


def svg(chart: Chart) -> bytes:
    """REQUIRES: a line with a point."""
    return drawn_svg(definition(chart))


def definition(chart: Chart) -> dict[str, Any]:
    """As Vega-Lite."""
    layers = _layers(chart).properties(
        width=_WIDTH,
        height=_HEIGHT,
        title=alt.TitleParams(chart.title, fontSize=13, offset=8),
        padding={"left": 10, "top": 10, "bottom": 10, "right": _LABEL_ROOM},
    )
    found: dict[str, Any] = foreign.in_chart(styled(layers).to_dict())
    # styled() pads all sides alike; names need room to the right.
    found["config"].pop("padding", None)
    return found


def _layers(chart: Chart) -> Panel:
    x, y = _x(chart), _y(chart)
    colour = _colour(chart)
    base = alt.Chart(alt.InlineData(values=_points(chart.lines)))
    tooltip = [alt.Tooltip("name:N"), alt.Tooltip("said:N")]
    detail = alt.Detail("name:N")
    names = alt.Chart(alt.InlineData(values=_labels(chart)))
    servers = base.transform_filter("datum.is_server")
    models = base.transform_filter("!datum.is_server")
    return alt.layer(
        servers.mark_line(strokeWidth=1.8).encode(x=x, y=y, color=colour, detail=detail),
        models.mark_line(strokeWidth=1.3, strokeDash=[4, 3]).encode(
            x=x, y=y, color=colour, detail=detail
        ),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.2, opacity=0.6)
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
        base.mark_point(filled=True, size=22, opacity=1).encode(
            x=x, y=y, color=colour, tooltip=tooltip
        ),
        names.mark_rule(color=PALE).encode(x="from_x:Q", x2="x:Q", y="y:Q", y2="at:Q"),
        names.mark_text(align="left", dx=7, fontSize=10, color=INK, clip=False).encode(
            x="x:Q", y="at:Q", text="name:N"
        ),
    )


def _x(chart: Chart) -> alt.X:
    low, high = _x_domain(chart)
    scale = alt.Scale(
        type="log" if chart.x.is_log else "linear",
        domain=[rounded(low), rounded(high)],
        nice=False,
    )
    axis = alt.Axis(title=chart.x.title, labelExpr=chart.x.label)
    if values := list(chart.x.values) or (tick_values(low, high) if chart.x.is_log else []):
        axis.values = values
    return alt.X("x:Q", scale=scale, axis=axis)


def _x_domain(chart: Chart) -> tuple[float, float]:
    if chart.x.domain is not None:
        return chart.x.domain
    every = [point.x for line in chart.lines for point in line.points]
    low, high = min(every), max(every)
    if chart.x.is_log:
        return low / _ROOM, high * _ROOM
    return low, high if high > low else low + 1


def _y_domain(chart: Chart) -> tuple[float, float]:
    every = [
        end
        for line in chart.lines
        for point in line.points
        for end in (point.y, point.low, point.high)
        if end is not None and end > 0
    ]
    return min(every) / _ROOM, max(every) * _ROOM


def _y(chart: Chart) -> alt.Y:
    low, high = _y_domain(chart)
    scale = alt.Scale(type="log", domain=[rounded(low), rounded(high)], nice=False)
    axis = alt.Axis(title=chart.y_title, values=tick_values(low, high), format=",.9~r")
    return alt.Y("y:Q", scale=scale, axis=axis)


def _colour(chart: Chart) -> alt.Color:
    found = colours_of({line.language for line in chart.lines})
    legend = alt.Legend(
        title=None, orient="top", direction="horizontal", symbolType="stroke", symbolStrokeWidth=3
    )
    scale = alt.Scale(domain=list(found), range=list(found.values()))
    return alt.Color("language:N", scale=scale, legend=legend)


def _points(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "name": line.name,
            "language": line.language,
            "is_server": line.is_server,
            "x": rounded(point.x),
            "y": rounded(point.y),
            "said": point.said,
        }
        | ({} if point.low is None else {"low": rounded(point.low)})
        | ({} if point.high is None else {"high": rounded(point.high)})
        for line in lines
        for point in line.points
        if point.y > 0
    ]


def _labels(chart: Chart) -> list[dict[str, Any]]:
    """At each line's last point, no two nearer than a line of text, as far as there is room."""
    low, high = _y_domain(chart)
    a_pixel = math.log(high / low) / _HEIGHT
    ends = sorted((line.points[-1].y, line.points[-1].x, line.name) for line in chart.lines)
    places: list[float] = []
    for y, _, _ in ends:
        wanted = math.log(y)
        least = places[-1] + _LABEL_GAP * a_pixel if places else wanted
        places.append(max(wanted, least))
    # What was pushed out above is pulled back down, name by name.
    most = math.log(high)
    for at in range(len(places) - 1, -1, -1):
        places[at] = min(places[at], most)
        most = places[at] - _LABEL_GAP * a_pixel
    right = _x_domain(chart)[1]
    return [
        {
            "name": name,
            "from_x": rounded(x),
            "y": rounded(y),
            "x": rounded(right),
            "at": rounded(math.exp(at)),
        }
        for at, (y, x, name) in zip(places, ends, strict=True)
    ]
