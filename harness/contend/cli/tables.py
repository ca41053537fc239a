"""`contend tables [RUN]`: rewrites result tables from a stored run, measuring nothing."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from contend import paths
from contend.cli.options import option
from contend.cli.output import write_json, write_lines
from contend.errors import ExitCode
from contend.reports.build import build_tables
from contend.reports.write import terminal_table, write_reports
from contend.store import find_run, read_run


def tables(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A path, an id, a prefix of one, or latest.")
    ] = "latest",
    results: Annotated[
        Path | None,
        option(
            "The store; default results/ of a checkout, else ./contend-results/.", metavar="DIR"
        ),
    ] = None,
    json: Annotated[
        Path | None, option("The rows as a document; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Rewrite result tables from a stored run, measuring nothing.

    The README's table is rewritten for a finished run of the suite quick in a checkout's own
    results. Exit code 3: the run is incomplete, or something measured has no valid trial.
    """
    store = paths.results_dir(results)
    stored = read_run(find_run(store, run))
    built = build_tables(stored)
    checkout = paths.checkout_root() if results is None else None
    written = write_reports(stored, store, checkout)
    lines = [*terminal_table(stored), Text(f"written: {', '.join(map(str, written))}")]
    write_lines(lines, stderr=json is not None and str(json) == "-")
    if json is not None:
        write_json(built, json)
    raise typer.Exit(ExitCode.PASS if built.is_conclusive else ExitCode.NOT_VALID)
