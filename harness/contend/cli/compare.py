"""`contend compare RUN RUN`: two stored runs, cell by cell, with intervals."""

from pathlib import Path
from typing import Annotated

import typer

from contend.cli.limits import limits_of
from contend.cli.options import option
from contend.cli.output import write_json, write_lines
from contend.errors import ExitCode
from contend.files import paths
from contend.findings.comparisons import compare_runs
from contend.reports.comparison_text import render
from contend.runs.store import find_run, read_run


def compare(
    context: typer.Context,
    first: Annotated[
        str, typer.Argument(metavar="RUN", help="A path, an id, a prefix of one, or latest.")
    ],
    second: Annotated[str, typer.Argument(metavar="RUN", help="Its figures are divided by those.")],
    results: Annotated[
        Path | None,
        option(
            "The store; default results/ of a checkout, else ./contend-results/.", metavar="DIR"
        ),
    ] = None,
    json: Annotated[
        Path | None, option("The comparison's document; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Compare two stored runs, with intervals.

    It is no gate: a slower run exits with 0, for its trials were not interleaved with the other's.
    Exit code 3: a run is incomplete, or no cell has valid trials in both.
    """
    store = paths.results_dir(results)
    runs = [read_run(find_run(store, wanted), limits_of(context)) for wanted in (first, second)]
    found = compare_runs(*runs)
    write_lines(render(found), stderr=json is not None and str(json) == "-")
    if json is not None:
        write_json(found, json)
    raise typer.Exit(ExitCode.PASS if found.is_conclusive else ExitCode.NOT_VALID)
