"""A series of gates for Apache Otava: a CSV of ratios, and the YAML of a test over it. Pure.

A ratio's direction is that lower is better, but for goodput's. Otava reads no empty cell, so the
figures are those that every gate of the series has.
"""

import csv
import io
import json
from collections.abc import Sequence

from contend.gate.history import GateSeries

TEST = "gates"


def points_csv(series: GateSeries) -> bytes:
    """A row a gate."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", "gate", "commit", *map(column, figures(series))])
    for point in series.points:
        by_name = {one.name: one.ratio for one in point.metrics}
        ratios = [repr(by_name[name]) for name in figures(series)]
        writer.writerow([point.started, point.gate, point.commit or "", *ratios])
    return text.getvalue().encode()


def tests_yaml(series: GateSeries, csv_path: str) -> bytes:
    """Metrics as a dict with a direction each: Otava's other forms fix it at +1."""
    directions = {
        one.name: -1 if one.higher_is_worse else 1
        for point in series.points
        for one in point.metrics
    }
    lines = [
        "tests:",
        f"  {TEST}:",
        "    type: csv",
        f"    file: {json.dumps(csv_path)}",
        "    time_column: time",
        "    attributes: [gate, commit]",
        "    metrics:",
    ]
    for name in figures(series):
        lines += [
            f"      {column(name)}:",
            f"        column: {column(name)}",
            f"        direction: {directions[name]}",
            "        scale: 1",
        ]
    return ("\n".join(lines) + "\n").encode()


def figures(series: GateSeries) -> Sequence[str]:
    """Those that every gate has."""
    having = [{one.name for one in point.metrics if one.ratio} for point in series.points]
    return [one.name for one in series.points[0].metrics if all(one.name in of for of in having)]


def column(figure: str) -> str:
    return figure.replace(".", "_")
