"""`contend history`: stored gates over time, their change points, and the commit to blame."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from contend.cli import gate_run
from contend.cli.change_points import change_points
from contend.cli.gate_options import Flags, asked_for
from contend.cli.options import StoreOption, option
from contend.cli.output import STDOUT, write_bytes, write_json, write_lines
from contend.errors import ExitCode, StoppedError, TargetError, UsageError
from contend.files import paths
from contend.gate.bisect import bisect
from contend.gate.document import INVALID, Verdict
from contend.gate.history import GateSeries, History, valid
from contend.gate.history import history as series_over_time
from contend.gate.store import gate_paths, read_gate
from contend.gate.worktree import commits_between
from contend.reports import history_text, otava


def history(
    with_change_points: Annotated[
        bool,
        option("Where a series changed, by Apache Otava.", "--change-points"),
    ] = False,
    bisect_: Annotated[
        str | None,
        option(
            "Gates between two revisions, until the commit that made it slower is found; servers "
            "and limits are those of contend.toml.",
            "--bisect",
            metavar="OLD..NEW",
        ),
    ] = None,
    otava_csv: Annotated[
        Path | None,
        option("The latest series as a table for Apache Otava; - too.", metavar="FILE"),
    ] = None,
    results: StoreOption = None,
    json: Annotated[
        Path | None, option("The history; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Stored gates over time: of each figure the ratio to a pinned baseline.

    Gates whose baselines are the same make a series. With --bisect, exit code 1: the commit was
    found; 3: that can't be said.
    """
    store = paths.results_dir(results)
    if bisect_ is not None:
        if with_change_points or otava_csv or json:
            raise UsageError("--bisect", "it shows no history", "it alone")
        raise typer.Exit(_bisect(bisect_, store))
    found = _over_time(store)
    if with_change_points:
        points = tuple(map(change_points, found.series))
        found = msgspec.structs.replace(found, change_points=points)
    if otava_csv is not None:
        write_bytes(otava.points_csv(_latest(found)), otava_csv)
    if json is not None:
        write_json(found, json)
    write_lines(history_text.render(found), stderr=STDOUT in (json, otava_csv))
    raise typer.Exit(ExitCode.PASS)


def _over_time(store: Path) -> History:
    return series_over_time([read_gate(path) for path in gate_paths(store)])


def _latest(found: History) -> GateSeries:
    series = [one for one in map(valid, found.series) if one.points]
    if not series:
        raise UsageError("--otava-csv", "no finished and valid gate is stored", "contend gate")
    return max(series, key=lambda one: one.points[-1].started)


def _bisect(wanted: str, store: Path) -> ExitCode:
    old, dots, new = wanted.partition("..")
    if not dots or not old or not new:
        raise UsageError("--bisect", f"'{wanted}' is no range", "OLD..NEW")
    asked = asked_for(Flags(baseline_ref=old), None)

    def gate(commit: str) -> Verdict:
        try:
            outcome = gate_run.measure(replace(asked, candidate_revision=commit), store)
        except (TargetError, UsageError) as error:
            # It doesn't build, doesn't start, or answers otherwise: nothing can be said of it.
            write_lines([Text(f"{commit}: {error.what}: {error.why}")], stderr=True)
            return INVALID
        if outcome.is_interrupted:
            raise StoppedError("--bisect", "interrupted: its gates are stored", "again")
        write_lines(history_text.tried(commit, outcome.document), stderr=True)
        return outcome.document.verdict

    found = bisect(commits_between(Path.cwd(), old, new), gate)
    write_lines(history_text.blamed(found))
    return ExitCode.NOT_VALID if found.culprit is None else ExitCode.REGRESSION
