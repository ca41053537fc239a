"""The plot of a run, from one chart definition: SVG and PNG, and HTML that answers to the mouse.

Pure: the same tables give the same bytes on one machine; text is laid out with its fonts. Nothing
is asked of the network: the HTML carries all that it needs.
"""

from typing import Any

import altair as alt
import vl_convert

from contend.findings.table import Row, Table, Tables
from contend.reports import foreign, wording
from contend.stats.estimate import CONFIDENCE

# What layers of one panel come to.
Panel = alt.LayerChart | alt.FacetChart

_WIDTH = 300
_ROW_HEIGHT = 26
_IN_A_LINE = 2
# A run of more panels is drawn in wider lines, without regard to workloads, and in fewer pixels.
_MOST_PANELS, _IN_A_WIDE_LINE = 16, 4
_BLUE, _ORANGE, _GREY, _INK = "#2f6db3", "#d1691f", "#9aa1a9", "#24292f"
_FONT = "DejaVu Sans, Verdana, sans-serif"
_LABEL_ROOM = 1.25  # of the largest value
_PIXELS, _FEW_PIXELS = 2.0, 1.0  # PNG pixels for one of the chart


def svg(tables: Tables) -> bytes:
    return _rounded(vl_convert.vegalite_to_svg(definition(tables)))


def png(tables: Tables) -> bytes:
    pixels = _PIXELS if len(_drawn(tables)) <= _MOST_PANELS else _FEW_PIXELS
    return vl_convert.vegalite_to_png(definition(tables), scale=pixels)


def html(tables: Tables) -> bytes:
    return vl_convert.vegalite_to_html(definition(tables), bundle=True).encode()


def definition(tables: Tables) -> dict[str, Any]:
    """As Vega-Lite: lines of panels, goodput beside the latencies of a workload."""
    lines = [
        alt.hconcat(*panels, spacing=36).resolve_scale(
            color="independent", shape="independent", y="independent"
        )
        for panels in _panels(tables)
    ]
    chart = alt.vconcat(*lines, spacing=30, title=_title(tables)).resolve_scale(
        color="independent", shape="independent"
    )
    drawn: dict[str, Any] = foreign.in_chart(_styled(chart).to_dict())
    return drawn


def _panels(tables: Tables) -> list[list[Panel]]:
    drawn = _drawn(tables)
    groups: dict[str, list[Panel]] = {}
    for table in drawn:
        panel = _latency(table) if table.is_open else _goodput(table)
        groups.setdefault(table.workload if len(drawn) <= _MOST_PANELS else "", []).append(panel)
    in_a_line = _IN_A_LINE if len(drawn) <= _MOST_PANELS else _IN_A_WIDE_LINE
    return [
        panels[start : start + in_a_line]
        for panels in groups.values()
        for start in range(0, len(panels), in_a_line)
    ]


def _drawn(tables: Tables) -> list[Table]:
    return [table for table in tables.tables if any(row.n for row in table.rows)]


def _title(tables: Tables) -> alt.TitleParams:
    machine = tables.environment.machine
    lines = [
        f"{machine.cpu_model or 'unknown CPU'}, {machine.cores} cores; run {tables.run}",
        f"Lines through points are {CONFIDENCE:.0%} intervals between fresh starts of the server",
    ]
    return alt.TitleParams(tables.suite_title, subtitle=[*wording.warnings(tables), *lines])


def _goodput(table: Table) -> Panel:
    heads = {"goodput": "goodput"}
    points, order = _points(table, heads), _order(table)
    base = alt.Chart(alt.InlineData(values=points)).encode(y=_backends(order))
    title = "goodput, requests/s"
    # Room for the values behind the intervals: what juts out would push the next panel aside.
    end = _LABEL_ROOM * max((point["high"] for point in points), default=1.0)
    scale = alt.Scale(domain=[0, end], nice=False)
    x, low, high = (_axis(field, title, scale) for field in ("value", "low", "high"))
    bars = base.mark_bar(color=_BLUE, opacity=0.22, height=12).encode(x=x)
    dots = base.mark_point(color=_BLUE, filled=True, opacity=1, size=52).encode(
        x=x, tooltip=_tooltip()
    )
    text = base.mark_text(align="left", dx=9, color=_INK, fontSize=10).encode(
        x=high, text="label:N"
    )
    return _panel(
        table,
        alt.layer(bars, _intervals(base, low).encode(color=alt.value(_BLUE)), dots, text),
        order,
    )


def _latency(table: Table) -> Panel:
    heads = {"p50": "p50", "p99": "p99"}
    heads |= {head.name: head.title for head in table.heads if head.name.startswith("p99_of_")}
    points, order = _points(table, heads), _order(table)
    shown = [title for title in heads.values() if any(one["quantile"] == title for one in points)]
    legend = alt.Legend(title=None, orient="bottom", direction="horizontal", offset=6)
    colour = alt.Color(
        "quantile:N",
        scale=alt.Scale(domain=shown, range=[_BLUE, _ORANGE, _GREY]),
        legend=legend,
    )
    shape = alt.Shape(
        "quantile:N",
        scale=alt.Scale(domain=shown, range=["circle", "diamond", "square"]),
        legend=legend,
    )
    base = alt.Chart(alt.InlineData(values=points)).encode(y=_backends(order))
    scale = alt.Scale(type="log", nice=True)
    x, low = (_axis(field, "latency, ms (log scale)", scale) for field in ("value", "low"))
    dots = base.mark_point(filled=True, opacity=1, size=52).encode(
        x=x, color=colour, shape=shape, tooltip=_tooltip()
    )
    span = base.mark_line(color=_GREY, opacity=0.5, strokeWidth=1).encode(x=x, detail="backend:N")
    return _panel(table, alt.layer(span, _intervals(base, low).encode(color=colour), dots), order)


def _intervals(base: alt.Chart, low: alt.X) -> alt.Chart:
    rules: alt.Chart = base.mark_rule(strokeWidth=2.2).encode(x=low, x2="high:Q")
    return rules


def _panel(table: Table, layer: Panel, order: list[str]) -> Panel:
    return layer.properties(
        width=_WIDTH,
        height=_ROW_HEIGHT * len(order),
        title=alt.TitleParams(wording.title(table), fontSize=12, fontWeight=600, anchor="start"),
    )


def _backends(order: list[str]) -> alt.Y:
    axis = alt.Axis(title=None, labelLimit=220, ticks=False, domain=False, labelPadding=8)
    return alt.Y("backend:N", sort=order, scale=alt.Scale(domain=order), axis=axis)


def _axis(field: str, title: str, scale: alt.Scale) -> alt.X:
    axis = alt.Axis(
        title=title,
        tickCount=5,
        format=",.9~r",
        grid=True,
        labelOverlap="greedy",
        labelSeparation=8,
    )
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("backend:N"),
        alt.Tooltip("quantile:N", title="figure"),
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("interval:N"),
        alt.Tooltip("n:Q", title="trials"),
    ]


def _order(table: Table) -> list[str]:
    return [_label(row) for row in table.rows]


def _label(row: Row) -> str:
    return wording.name(row) if row.n else f"{wording.name(row)}: no figures"


def _points(table: Table, heads: dict[str, str]) -> list[dict[str, Any]]:
    units = {head.name: head.unit for head in table.heads}
    points = []
    for row in table.rows:
        for name, title in heads.items():
            found = row.figures.get(name)
            if found is None or not found.value > 0:
                continue
            # Rounded, so that the last digits of this machine's arithmetic are not in the file.
            low, high = found.low, found.high
            points.append(
                {
                    "backend": _label(row),
                    "quantile": title,
                    "value": _round(found.value),
                    "low": _round(found.value if low is None else low),
                    "high": _round(found.value if high is None else high),
                    "label": f"{wording.value(found)}{_unit(units[name])}",
                    "interval": wording.spread(found, row.n) or "none",
                    "n": found.n,
                }
            )
    return points


def _unit(unit: str) -> str:
    return unit if unit.startswith("/") else f" {unit}"


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def _styled(chart: alt.VConcatChart) -> alt.VConcatChart:
    styled: alt.VConcatChart = (
        chart.configure(background="white", font=_FONT, padding=14)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_INK,
            titleColor=_INK,
            titleFontWeight="normal",
            gridColor="#e6e8eb",
            domainColor=_GREY,
            tickColor=_GREY,
            labelFontSize=11,
            titleFontSize=11,
        )
        .configure_legend(labelColor=_INK, labelFontSize=11, symbolSize=60)
        .configure_title(
            color=_INK,
            fontSize=16,
            anchor="start",
            subtitleColor="#57606a",
            subtitleFontSize=11,
            subtitlePadding=6,
            offset=14,
        )
    )
    return styled


def _rounded(text: str) -> bytes:
    return (text if text.endswith("\n") else text + "\n").encode()
