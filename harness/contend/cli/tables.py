"""`contend tables [RUN]`: rewrites result tables from a stored run, measuring nothing; with --as
gives it as another tool's file, with --backends the tables of the servers' code and packages."""

from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct
from rich.text import Text

from contend.cli.comparison import compare_claims
from contend.cli.limits import limits_of
from contend.cli.options import LATEST, RunArgument, StoreOption, option
from contend.cli.output import STDOUT, write_bytes, write_json, write_lines
from contend.errors import ExitCode, UsageError
from contend.files import paths
from contend.findings.tables import build_tables
from contend.reports import EXPORTS, export
from contend.reports.write import backends_table, terminal_table, write_backends, write_reports
from contend.runs.record import Run
from contend.runs.store import find_run, read_run


def tables(
    context: typer.Context,
    run: RunArgument = LATEST,
    results: StoreOption = None,
    json: Annotated[
        Path | None, option("The rows as a document; - for standard output.", metavar="FILE")
    ] = None,
    as_: Annotated[
        str | None,
        option(
            f"Instead, to standard output, a file for another tool: {', '.join(EXPORTS)}.",
            "--as",
            metavar="FORMAT",
        ),
    ] = None,
    reference: Annotated[
        str | None,
        option(
            "Compare with this backend, not the suite's reference; shows, and writes nothing.",
            metavar="BACKEND",
        ),
    ] = None,
    backends: Annotated[
        bool,
        option("Instead of a run's: code, packages and install size of each server.", "--backends"),
    ] = False,
) -> None:
    """Rewrite result tables from a stored run, and the claims' verdicts from all that are stored,
    measuring nothing.

    The README's table is rewritten for a finished run of the suite quick in a checkout's own
    results. Exit code 3: the run is incomplete, or something measured has no valid trial.
    """
    store = paths.results_dir(results)
    if backends:
        _backends(run, store, json)
        return
    if reference is not None and as_ is not None:
        raise UsageError(
            "--reference", "a file for another tool has no comparisons", "without --as"
        )
    stored = read_run(find_run(store, run), limits_of(context))
    if as_ is not None:
        _export(as_, stored)
        raise typer.Exit(ExitCode.PASS if stored.complete else ExitCode.NOT_VALID)
    if reference not in (None, *stored.header.suite.backends):
        known = ", ".join(stored.header.suite.backends)
        raise UsageError("--reference", f"{stored.id} has no backend '{reference}'", known)
    built = build_tables(stored, reference)
    checkout = paths.own_checkout(results)
    written = []
    if reference is None:
        written = write_reports(stored, store, checkout)
        written += compare_claims(store, checkout, limits_of(context))
    _show(terminal_table(built), written, built, json)
    raise typer.Exit(ExitCode.PASS if built.is_conclusive else ExitCode.NOT_VALID)


def _export(name: str, run: Run) -> None:
    if name not in EXPORTS:
        raise UsageError("--as", f"no format '{name}'", ", ".join(EXPORTS))
    write_bytes(export(name, run), STDOUT)


def _backends(run: str, store: Path, json: Path | None) -> None:
    from contend.inventory.read import read_figures

    if run != LATEST:
        raise UsageError("tables --backends", f"it reads no run: {run}", "without RUN")
    packages = paths.servers_packages()
    if packages is None:
        why = "it reads the servers' environments, which an installed contend has none of"
        if paths.checkout_root():
            why = "the servers' Python environment is missing"
        raise UsageError("tables --backends", why, "scripts/setup in a checkout")
    figures = read_figures(paths.workloads_dir(), packages)
    _show(backends_table(figures), write_backends(figures, store), figures, json)


def _show(table: list[Text], written: list[Path], document: Struct, json: Path | None) -> None:
    lines = [*table, *([Text(f"written: {', '.join(map(str, written))}")] if written else [])]
    write_lines(lines, stderr=json is not None and str(json) == "-")
    if json is not None:
        write_json(document, json)
