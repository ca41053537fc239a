"""`contend query SQL`: SQL over the stored runs, by DuckDB."""

from pathlib import Path
from typing import Annotated

import typer

from contend.cli.limits import limits_of
from contend.cli.options import StoreOption, option
from contend.cli.output import STDOUT, write_bytes, write_lines
from contend.errors import ExitCode, UsageError
from contend.files import paths
from contend.reports.query_table import as_csv, as_json, render
from contend.runs.query import QueryError, select

FORMATS = {"csv": as_csv, "json": as_json}


def query(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="Over the views runs, trials, slices.")],
    results: StoreOption = None,
    csv: Annotated[bool, option("As CSV to standard output.", "--csv")] = False,
    json: Annotated[
        Path | None, option("Rows as objects; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """SQL over the stored runs (DuckDB), such as

    contend query "SELECT backend, median(goodput_per_s) FROM trials WHERE valid GROUP BY backend"
    """
    if csv and json is not None:
        raise UsageError("--csv", "the answer is given in one form", "--csv or --json")
    try:
        found = select(paths.results_dir(results), sql, limits_of(context))
    except QueryError as error:
        raise UsageError("query", str(error), "DESCRIBE trials") from None
    if csv:
        write_bytes(as_csv(found), STDOUT)
    elif json is not None:
        write_bytes(as_json(found), json)
    if not csv and json != STDOUT:
        write_lines(render(found))
    raise typer.Exit(ExitCode.PASS)
