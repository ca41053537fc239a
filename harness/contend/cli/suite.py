"""`contend suite [NAME or FILE]`: measures a suite, stores the run, rewrites the tables."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from contend.blocks.record import BlockRecord
from contend.cli.limits import limits_of
from contend.cli.options import option
from contend.cli.output import LineConsole, write_json, write_lines
from contend.cli.suite_display import SuiteDisplay
from contend.errors import ExitCode, StoppedError, StoreError
from contend.files import paths
from contend.machine.cores import available_cores, divide
from contend.machine.interrupts import interrupts
from contend.machine.read_environment import read_environment
from contend.runs.measure import SuiteRunner
from contend.runs.record import Header, Run
from contend.runs.store import RunWriter, read_run, run_paths
from contend.runs.suite_run import check_same, header, prepare, run_suite
from contend.servers.runtimes import using
from contend.suites.suite import find_suite
from contend.trials.validity import LIMITS, Limits


def suite(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="[NAME|FILE]", help="A suite by its name, or its file.")
    ] = "quick",
    resume: Annotated[
        bool,
        option(
            "Go on with its unfinished run, measuring no finished trial again.",
            "--resume",
            shown=False,
        ),
    ] = False,
    python: Annotated[
        Path | None,
        option(
            "What Python servers run on; a free-threaded one runs those that are made for it.",
            metavar="PATH",
        ),
    ] = None,
    results: Annotated[
        Path | None,
        option("The store: results/ of a checkout, else ./contend-results/.", metavar="DIR"),
    ] = None,
    json: Annotated[
        Path | None, option("The rows of the tables; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Measure a suite, store the run and rewrite the tables.

    A suite, server and workload of your own: workloads/README.md has every key.

    Exit code 3: something that was measured has no valid trial.
    """
    with using(python):
        raise typer.Exit(_measure(name, resume, results, json, limits_of(context)))


def _measure(
    name: str, resume: bool, results: Path | None, json: Path | None, limits: Limits
) -> ExitCode:
    workloads = paths.workloads_dir()
    cores = divide(available_cores())
    prepared = prepare(workloads, find_suite(workloads, name), cores)
    fresh = header(prepared, read_environment(), cores)
    store = paths.results_dir(results)
    stored = unfinished(store, fresh, limits) if resume else None
    console = LineConsole(stderr=True)
    os.sched_setaffinity(0, cores.generator)  # this process stays off the server's core
    with _writer(store, fresh, stored) as writer:
        try:
            with (
                interrupts() as interrupt,
                SuiteDisplay(console, prepared, interrupt) as display,
            ):
                runner = SuiteRunner(
                    prepared, cores, fresh, interrupt.pause, display.on_progress, limits
                )
                is_complete = run_suite(
                    prepared,
                    writer,
                    (*stored.trials, *stored.blocks) if stored else (),
                    runner.measure,
                    lambda blocks: _undecided(fresh, blocks),
                    display.on_planned,
                    display.on_record,
                )
            code = _report(writer.path, store, paths.own_checkout(results), json, limits)
        except KeyboardInterrupt:  # a second signal, or one while the tables were written
            run = writer.path.stem
            why = "interrupted before the tables were written; all that was measured is stored"
            raise StoppedError(run, why, f"contend tables {run}, or --resume") from None
    interrupted = ExitCode.PASS if is_complete else ExitCode.INTERRUPTED
    return ExitCode.most_important(interrupted, code)


def _undecided(header: Header, blocks: Sequence[BlockRecord]) -> dict[str, int]:
    """Only now, as below."""
    from contend.findings.tables import undecided

    return undecided(Run("", header, (), tuple(blocks), complete=False))


def _report(
    stored: Path, store: Path, checkout: Path | None, json: Path | None, limits: Limits
) -> ExitCode:
    """Writes and shows what was measured; `checkout` where the store is its own."""
    # Only now: plots and statistics would have the process of the generator grow by 80 MiB.
    from contend.cli.comparison import compare_claims
    from contend.findings.tables import build_tables
    from contend.reports.suite_end import last_lines
    from contend.reports.write import terminal_table, write_reports

    run = read_run(stored, limits)
    tables = build_tables(run)
    written = write_reports(run, store, checkout)
    is_read = write_lines(terminal_table(tables), stderr=json is not None and str(json) == "-")
    if json is not None:
        is_read &= write_json(tables, json)
    written += compare_claims(store, checkout, limits)
    if not is_read:  # what they say is not in the exit code, as a gate's verdict is
        why = "its reader went before the tables were written; all that was measured is stored"
        raise StoreError("output", why, f"contend tables {run.id}")
    write_lines(last_lines(tables, stored, written), stderr=True)
    return ExitCode.PASS if tables.is_conclusive else ExitCode.NOT_VALID


def unfinished(results: Path, fresh: Header, limits: Limits = LIMITS) -> Run:
    """The latest run of this suite that isn't complete. Raises StoreError where there is none to
    go on with."""
    of_suite = re.compile(rf"[^-]+-{re.escape(fresh.suite_name)}-[^-]+")
    paths_of_suite = [path for path in run_paths(results) if of_suite.fullmatch(path.stem)]
    for path in reversed(paths_of_suite):
        run = read_run(path, limits)
        if not run.complete:
            check_same(run, fresh)
            return run
    if not paths_of_suite:
        why = f"no run of {fresh.suite_name} is stored"
    else:
        why = f"no run of {fresh.suite_name} is unfinished: nothing is left to measure"
    raise StoreError(str(results), why, "without --resume")


def _writer(results: Path, fresh: Header, stored: Run | None) -> RunWriter:
    if stored is None:
        return RunWriter.create(results, fresh)
    return RunWriter.resume(results / "runs" / f"{stored.id}.jsonl")
