"""Latency over load: where each server's begins to climb. Pure."""

from itertools import groupby

from contend.findings.load_curves import LoadCurves, LoadPoint
from contend.reports import wording
from contend.reports.line_plot import Axis, Chart, Line, Point
from contend.reports.numbers import number


def chart(curves: LoadCurves) -> Chart:
    groups = groupby(curves.points, key=lambda one: one.backend)
    return Chart(
        title=f"{curves.figure} over load: {curves.title}",
        lines=[_line(list(points)) for _, points in groups],
        x=Axis(title="requests asked for, /s (log scale)", is_log=True),
        y_title=f"{curves.figure}, ms (log scale)",
    )


def _line(points: list[LoadPoint]) -> Line:
    first = points[0]
    return Line(first.backend, first.language, first.is_server, [_point(one) for one in points])


def _point(one: LoadPoint) -> Point:
    busy = "" if one.busy is None else f", {wording.value(one.busy)}% busy"
    said = f"{number(one.asked_per_s)}/s{busy}: {wording.figure(one.latency, one.latency.n)} ms"
    return Point(one.asked_per_s, one.latency.value, said, one.latency.low, one.latency.high)
