"""Latencies on an axis of nines: what one request in ten, in a hundred, in a thousand met. Pure."""

import math
from collections.abc import Sequence

from contend.findings.percentiles import PercentileCurve
from contend.findings.table import Table
from contend.reports import wording
from contend.reports.line_plot import Axis, Chart, Line, Point
from contend.reports.numbers import number

_NAMES = {0.30103: "50%", 1: "90%", 2: "99%", 3: "99.9%", 4: "99.99%", 5: "99.999%"}
_DIGITS = 4


def chart(table: Table, curves: Sequence[PercentileCurve]) -> Chart:
    """REQUIRES: curves."""
    of_class = f" of {curves[0].class_name}" if curves[0].class_name else ""
    longest = max(_nines(curve.points[-1][0]) for curve in curves)
    ends = [one for one in _NAMES if one <= longest + 1e-9]
    label = " : ".join(f"abs(datum.value - {at}) < 0.01 ? '{_NAMES[at]}'" for at in ends)
    return Chart(
        title=f"Latency{of_class} by percentile: {wording.title(table)}",
        lines=[_line(one) for one in curves],
        x=Axis(
            title="requests that were no slower",
            values=ends,
            label=f"{label} : ''",
            domain=(min(ends), max(longest, min(ends) + 0.2)),
        ),
        y_title="ms (log scale)",
    )


def _line(curve: PercentileCurve) -> Line:
    return Line(
        curve.backend,
        curve.language,
        curve.is_server,
        [
            Point(_nines(quantile), ms, f"p{_percent(quantile)} {number(ms, _DIGITS)} ms")
            for quantile, ms in curve.points
        ],
    )


def _nines(quantile: float) -> float:
    return -math.log10(1 - quantile)


def _percent(quantile: float) -> str:
    return f"{100 * quantile:.6g}"
