"""Latency over time: how long a server is cold, and whether it is steady then. Pure."""

from itertools import groupby

from contend.findings.over_time import WARM_UP, Moment, OverTime
from contend.reports.line_plot import Axis, Chart, Line, Point
from contend.reports.numbers import number


def chart(found: OverTime) -> Chart:
    groups = groupby(found.moments, key=lambda one: one.backend)
    since = "the load began" if found.load == WARM_UP else "measuring began"
    times = "time from the send" if found.load == WARM_UP else "latency"
    return Chart(
        title=f"p99 over time: {found.title}, {found.load}",
        lines=[_line(list(moments)) for _, moments in groups],
        x=Axis(title=f"s since {since}"),
        y_title=f"p99 of the {times}, ms (log scale)",
    )


def _line(moments: list[Moment]) -> Line:
    first = moments[0]
    ordered = sorted(moments, key=lambda one: one.at_s)
    points = [
        Point(
            one.at_s,
            one.p99_ms,
            f"{one.at_s:.3g} s: p99 {number(one.p99_ms)} ms, {number(one.goodput_per_s)}/s "
            f"(of {one.of})",
        )
        for one in ordered
    ]
    return Line(first.backend, first.language, first.is_server, points)
