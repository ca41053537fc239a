"""Change points of a series of gates, by Apache Otava: a program in an environment of its own.

It pins other versions of NumPy than the harness's, and is called on CSV (scripts/setup
--change-points installs it).
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from contend.errors import UsageError
from contend.files.paths import change_points_program
from contend.gate.history import ChangePoint, GateSeries, valid
from contend.reports import otava

# A spike of one gate is no change.
_LEAST_SEGMENT = 2
_TIMEOUT_S = 300.0


def change_points(series: GateSeries) -> tuple[ChangePoint, ...]:
    """Raises UsageError where Otava isn't installed or fails."""
    program = change_points_program()
    if program is None:
        raise UsageError(
            "--change-points", "Apache Otava is not installed", "scripts/setup --change-points"
        )
    series = valid(series)
    if len(series.points) < 2 * _LEAST_SEGMENT:
        return ()
    with tempfile.TemporaryDirectory(prefix="contend-otava-") as name:
        folder = Path(name)
        table, tests = folder / "gates.csv", folder / "otava.yaml"
        table.write_bytes(otava.points_csv(series))
        tests.write_bytes(otava.tests_yaml(series, str(table)))
        found = _analysed(program, tests)
    return tuple(from_document(found, series))


def _analysed(program: Path, tests: Path) -> Any:
    argv = [str(program), "analyze", "--output", "json", otava.TEST]
    env = os.environ | {"OTAVA_CONFIG": str(tests)}
    try:
        done = subprocess.run(
            argv, env=env, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError("otava", str(error), "scripts/setup --change-points") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise UsageError("otava", f"exited with {done.returncode}: {said[0]}", "its own --help")
    try:
        return json.loads(done.stdout)[otava.TEST]
    except (ValueError, KeyError) as error:
        why = f"its answer can't be read: {error}"
        raise UsageError("otava", why, "scripts/setup --change-points") from None


def from_document(found: Any, series: GateSeries) -> Iterator[ChangePoint]:
    """`found` is what Otava says of the test: groups of changes at a time. Left out are those that
    leave fewer gates than a segment needs on a side of them, of the same figure."""
    names = {otava.column(name): name for name in otava.figures(series)}
    at: dict[str, list[tuple[int, Any]]] = {}
    starts = [datetime.fromisoformat(point.started).timestamp() for point in series.points]
    for group in found:
        first = next(n for n, start in enumerate(starts) if start >= float(group["time"]) - 0.5)
        for change in group["changes"]:
            at.setdefault(names[change["metric"]], []).append((first, change))
    for figure, changes in at.items():
        ends = [*(first for first, _ in changes[1:]), len(series.points)]
        begin = 0  # of the segment before: what is left out begins none
        for (first, change), end in zip(changes, ends, strict=True):
            if min(first - begin, end - first) >= _LEAST_SEGMENT:
                begin = first
                point = series.points[first]
                yield ChangePoint(
                    figure=figure,
                    gate=point.gate,
                    commit=point.commit,
                    before=float(change["mean_before"]),
                    after=float(change["mean_after"]),
                )
