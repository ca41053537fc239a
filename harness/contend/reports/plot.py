"""The pictures of a run, from one definition: SVG, which its report carries too, and PNG.

Pure: the same tables give the same bytes on one machine; text is laid out with its fonts.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from contend.findings.ahead import judged, ranked
from contend.findings.table import Row, Table, Tables
from contend.reports import foreign, measured, pictures, wording
from contend.reports.chart_style import (
    INK,
    Panel,
    colours_of,
    drawn_svg,
    rounded,
    styled,
    tick_values,
)
from contend.stats.estimate import CONFIDENCE

_WIDTH = 300
_ROW_HEIGHT = 22
_IN_A_LINE = 2
_LABEL_ROOM = 1.3  # of the largest value
_LOG_ROOM = 0.18  # of a logarithmic axis
_PIXELS = 1.5  # of a PNG, for one of the chart
_NO_FIGURES = ": no figures"


def svgs(tables: Tables) -> dict[str, bytes]:
    return {part: svg(tables, some) for part, some in pictures.parts(tables).items()}


def pngs(tables: Tables) -> dict[str, bytes]:
    return {
        part: vl_convert.vegalite_to_png(definition(tables, some), scale=_PIXELS)
        for part, some in pictures.parts(tables).items()
    }


def svg(tables: Tables, drawn: Sequence[Table]) -> bytes:
    return drawn_svg(definition(tables, drawn))


def definition(tables: Tables, drawn: Sequence[Table]) -> dict[str, Any]:
    """As Vega-Lite: lines of panels, the tables of a workload beside one another."""
    languages = _languages(drawn)
    lines = [
        alt.hconcat(*(_panel(table, languages) for table in line), spacing=36).resolve_scale(
            y="independent", shape="independent"
        )
        for line in _lines(drawn)
    ]
    chart = alt.vconcat(*lines, spacing=30, title=_title(tables, drawn)).resolve_scale(
        shape="independent"
    )
    found: dict[str, Any] = foreign.in_chart(styled(chart).to_dict())
    return found


def _lines(drawn: Sequence[Table]) -> list[list[Table]]:
    groups: dict[str, list[Table]] = {}
    for table in drawn:
        groups.setdefault(table.workload, []).append(table)
    return [
        some[start : start + _IN_A_LINE]
        for some in groups.values()
        for start in range(0, len(some), _IN_A_LINE)
    ]


def _languages(drawn: Sequence[Table]) -> dict[str, str]:
    """Of the rows that are drawn, each with its colour."""
    return colours_of({row.language for table in drawn for row in table.rows if row.n})


def _title(tables: Tables, drawn: Sequence[Table]) -> alt.TitleParams:
    machine = tables.environment.machine
    units = " and ".join(dict.fromkeys(table.unit for table in drawn)) or "trials"
    rows = [row for table in drawn for row in table.rows if row.n]
    dashed = "; dashed: models and baselines, which nobody deploys"
    models = "" if all(row.is_server for row in rows) else dashed
    lines = [
        f"{machine.cpu_model or 'unknown CPU'}, {machine.cores} cores; run {tables.run}",
        f"Lines are {CONFIDENCE:.0%} intervals between {units}; best first{models}",
    ]
    return alt.TitleParams(tables.suite_title, subtitle=[*measured.warnings(tables), *lines])


def _panel(table: Table, languages: dict[str, str]) -> Panel:
    layer = _latency(table, languages) if table.is_open else _goodput(table, languages)
    return layer.properties(
        width=_WIDTH,
        height=_ROW_HEIGHT * len(_order(table)),
        title=alt.TitleParams(wording.title(table), fontSize=12, fontWeight=600, anchor="start"),
    )


def _goodput(table: Table, languages: dict[str, str]) -> Panel:
    points = _points(table, {"goodput": "goodput"})
    base, colour = _base(points, table), _colour(languages)
    # Room for the values behind the intervals: what juts out would push the next panel aside.
    most = _LABEL_ROOM * max((point["high"] for point in points), default=1.0)
    scale = alt.Scale(domain=[0, most], nice=False)
    axis = alt.Axis(title="goodput, requests/s", tickCount=4, format=",.9~r")
    x, low, end = (alt.X(f"{one}:Q", scale=scale, axis=axis) for one in ("value", "low", "end"))
    servers = base.transform_filter("datum.is_server").mark_bar(opacity=0.6, height=13)
    models = base.transform_filter("!datum.is_server").mark_bar(
        fillOpacity=0.06, height=13, filled=True, strokeDash=[3, 2], strokeWidth=1
    )
    return alt.layer(
        servers.encode(x=x, color=colour, tooltip=_tooltip()),
        models.encode(x=x, color=colour, stroke=_colour(languages, "stroke"), tooltip=_tooltip()),
        base.mark_rule(strokeWidth=2, color=INK).encode(x=low, x2="high:Q"),
        _labels(base, end),
    )


def _latency(table: Table, languages: dict[str, str]) -> Panel:
    """The judged quantile as a filled point with its value, the median as a hollow one."""
    head = judged(table)
    heads = {"p50": "p50"}
    heads |= {head.name: head.title} if head is not None and head.unit == "ms" else {}
    points, colour = _points(table, heads), _colour(languages)
    base = _base(points, table)
    least = min((point["low"] for point in points), default=0.1)
    most = max((point["high"] for point in points), default=1.0)
    most *= max(most / least, 10.0) ** _LOG_ROOM
    scale = alt.Scale(type="log", domain=[rounded(0.8 * least), rounded(most)], nice=False)
    title = f"{_key(list(dict.fromkeys(heads.values())))}, ms (log scale)"
    axis = alt.Axis(title=title, values=tick_values(least, most), format=",.9~r")
    x, low, end = (alt.X(f"{one}:Q", scale=scale, axis=axis) for one in ("value", "low", "end"))
    shapes = alt.Shape(
        "figure:N",
        scale=alt.Scale(domain=list(heads.values()), range=["circle", "diamond"][-len(heads) :]),
        legend=None,
    )
    main = list(heads.values())[-1]
    is_main = f"datum.figure === '{main}'"
    rules = base.mark_rule(strokeWidth=2).encode(x=low, x2="high:Q", color=colour)
    filled = base.transform_filter(f"{is_main} && datum.is_server")
    hollow = base.transform_filter(f"!({is_main} && datum.is_server)")
    return alt.layer(
        rules.transform_filter("datum.is_server"),
        base.transform_filter("!datum.is_server")
        .mark_rule(strokeWidth=1.5, strokeDash=[3, 2])
        .encode(x=low, x2="high:Q", color=colour),
        filled.mark_point(filled=True, opacity=1, size=60).encode(
            x=x, color=colour, shape=shapes, tooltip=_tooltip()
        ),
        hollow.mark_point(filled=True, fill="white", strokeWidth=1.4, opacity=1, size=44).encode(
            x=x, stroke=_colour(languages, "stroke"), shape=shapes, tooltip=_tooltip()
        ),
        _labels(base.transform_filter(is_main), end),
    )


def _key(titles: list[str]) -> str:
    """Which mark is which quantile, under the axis that has them."""
    marks = ("○", "◆") if len(titles) > 1 else ("◆",)
    return "   ".join(f"{mark} {title}" for mark, title in zip(marks, titles, strict=True))


def _base(points: list[dict[str, Any]], table: Table) -> alt.Chart:
    order = _order(table)
    axis = alt.Axis(title=None, labelLimit=230, ticks=False, domain=False, labelPadding=8)
    backends = alt.Y("backend:N", sort=order, scale=alt.Scale(domain=order), axis=axis)
    base: alt.Chart = alt.Chart(alt.InlineData(values=points)).encode(y=backends)
    return base


def _labels(base: alt.Chart, end: alt.X) -> alt.Chart:
    """Behind all that is drawn of a row."""
    text = base.mark_text(align="left", dx=6, color=INK, fontSize=10)
    labels: alt.Chart = text.encode(x=end, text="label:N")
    return labels


def _colour(languages: dict[str, str], channel: str = "color") -> alt.Color | alt.Stroke:
    """One scale for all panels, with one legend under them."""
    scale = alt.Scale(domain=list(languages), range=list(languages.values()))
    if channel == "stroke":
        return alt.Stroke("language:N", scale=scale, legend=None)
    legend = alt.Legend(title=None, orient="top", direction="horizontal", symbolType="square")
    return alt.Color("language:N", scale=scale, legend=legend)


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("backend:N"),
        alt.Tooltip("figure:N"),
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("interval:N"),
        alt.Tooltip("n:Q"),
    ]


def _order(table: Table) -> list[str]:
    return [_label(row) for row in ranked(table)]


def _label(row: Row) -> str:
    overloaded = ", overloaded" if row.overloaded else ""
    return f"{wording.name(row)}{overloaded if row.n else _NO_FIGURES}"


def _points(table: Table, heads: dict[str, str]) -> list[dict[str, Any]]:
    units = {head.name: head.unit for head in table.heads}
    points: list[dict[str, Any]] = []
    for row in ranked(table):
        for name, title in heads.items():
            found = row.figures.get(name)
            if found is None or not found.value > 0:
                continue
            # Rounded, so that the last digits of this machine's arithmetic are not in the file.
            low, high = found.low, found.high
            points.append(
                {
                    "backend": _label(row),
                    "language": row.language,
                    "is_server": row.is_server,
                    "figure": title,
                    "value": rounded(found.value),
                    "low": rounded(found.value if low is None else low),
                    "high": rounded(found.value if high is None else high),
                    "label": f"{wording.value(found)}{_unit(units[name])}",
                    "interval": wording.figure(found, row.n),
                    "n": found.n,
                }
            )
    ends = {point["backend"]: 0.0 for point in points}
    for point in points:
        ends[point["backend"]] = max(ends[point["backend"]], point["high"])
    return [point | {"end": ends[point["backend"]]} for point in points]


def _unit(unit: str) -> str:
    return unit if unit.startswith("/") else f" {unit}"
