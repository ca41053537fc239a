"""`contend report [RUN]`: one HTML file from a stored run, for a browser without a network."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from contend.cli.limits import limits_of
from contend.cli.options import LATEST, RunArgument, StoreOption, option
from contend.cli.output import STDOUT, write_bytes, write_lines
from contend.errors import ExitCode
from contend.files import atomic_file, paths
from contend.findings.tables import build_tables
from contend.runs.store import find_run, read_run


def report(
    context: typer.Context,
    run: RunArgument = LATEST,
    results: StoreOption = None,
    output: Annotated[
        Path | None,
        option(
            "Where it is written; - for standard output; default the store's reports/<suite>.html.",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Write a stored run's report: one HTML file with every table, plot and block, which asks the
    network for nothing and is complete without JavaScript.

    Exit code 3: the run is incomplete, or something measured has no valid trial.
    """
    from contend.reports import html_report

    store = paths.results_dir(results)
    stored = read_run(find_run(store, run), limits_of(context))
    tables = build_tables(stored)
    path = output or store / "reports" / f"{Path(tables.suite).name}.html"
    page = html_report.of_run(stored, tables)
    if path == STDOUT:
        write_bytes(page, path)
    else:
        atomic_file.write(path, page)
        write_lines([Text(f"written: {path}")])
    raise typer.Exit(ExitCode.PASS if tables.is_conclusive else ExitCode.NOT_VALID)
