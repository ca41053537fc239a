"""Intervals beside what is allowed, as lines of text: a small plot for a comment. Pure.

Each line is scaled to its figure's delta: worse is to the right, | is no change, : what is allowed.
"""

import math
from collections.abc import Iterator, Sequence

from contend.gate.document import Metric

_COLUMNS = 41  # an odd number: the middle one is no change
_REACH = 2.0  # deltas, to either side


def lines(metrics: Sequence[Metric]) -> Iterator[str]:
    """Of the metrics that have an interval."""
    shown = [one for one in metrics if one.low is not None and one.high is not None]
    width = max((len(one.name) for one in shown), default=0)
    for one in shown:
        yield f"{one.name:{width}}  {_line(one)}"


def _line(one: Metric) -> str:
    assert one.low is not None and one.high is not None and one.ratio is not None
    low, centre, high = sorted(_deltas(one, ratio) for ratio in (one.low, one.ratio, one.high))
    cells = ["·"] * _COLUMNS
    for column in range(_column(low), _column(high) + 1):
        cells[column] = "─"
    cells[_column(0.0)] = "|"
    cells[_column(1.0)] = ":"
    cells[_column(centre)] = "●"
    if low < -_REACH:
        cells[0] = "◄"
    if high > _REACH:
        cells[-1] = "►"
    return "".join(cells)


def _deltas(one: Metric, ratio: float) -> float:
    """How many deltas a ratio is worse."""
    log = math.log(ratio) if one.higher_is_worse else -math.log(ratio)
    return log / math.log1p(one.delta)


def _column(deltas: float) -> int:
    inside = min(max(deltas, -_REACH), _REACH)
    return round((inside + _REACH) / (2 * _REACH) * (_COLUMNS - 1))
