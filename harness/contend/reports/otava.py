"""A series of gates for Apache Otava: a CSV of ratios, and the YAML of a test over it. Pure.

A ratio's direction is that lower is better, but for goodput's. Single spikes are no change points:
the smallest segment is of two points, which the caller asks Otava for.
"""

import csv
import io
import json
from collections.abc import Sequence

from contend.gate.document import Metric
from contend.gate.history import GateSeries

TEST = "gates"


def points_csv(series: GateSeries) -> bytes:
    """A row a gate; a figure that it doesn't have is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", "gate", "commit", *map(column, figures(series))])
    for point in series.points:
        by_name = {one.name: one.ratio for one in point.metrics}
        ratios = [by_name.get(name) for name in figures(series)]
        cells = ["" if one is None else repr(one) for one in ratios]
        writer.writerow([point.started, point.gate, point.commit or "", *cells])
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
    """Those that at least one gate has."""
    metrics: list[Metric] = [one for point in series.points for one in point.metrics]
    return list(dict.fromkeys(one.name for one in metrics if one.ratio is not None))


def column(figure: str) -> str:
    return figure.replace(".", "_")
