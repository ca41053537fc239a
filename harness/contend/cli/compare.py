"""`contend compare RUN RUN`: two stored runs, cell by cell, two documents of `contend load`, or two
files of another tool, with intervals."""

from pathlib import Path
from typing import Annotated

import typer

from contend.cli.limits import limits_of
from contend.cli.options import StoreOption, option
from contend.cli.output import write_json, write_lines
from contend.errors import ExitCode, UsageError
from contend.files import paths
from contend.findings.comparisons import compare_runs
from contend.findings.load_pair import LoadPair, compare_loads
from contend.findings.other_tools import read_other
from contend.findings.repeated_pair import RepeatedPair, compare_repeated
from contend.reports import load_pair_text, repeated_pair_text
from contend.reports.comparison_text import render
from contend.runs.store import find_run, read_run
from contend.trials.stored import load_document


def compare(
    context: typer.Context,
    first: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A path, an id, a prefix of one, a suite, or latest; or a document of contend "
            "load --json, or a file of Google Benchmark, hyperfine, pyperf or go test -bench.",
        ),
    ],
    second: Annotated[str, typer.Argument(metavar="RUN", help="Its figures are divided by those.")],
    results: StoreOption = None,
    json: Annotated[
        Path | None, option("The comparison's document; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Compare two stored runs, two documents of contend load, or two files of another tool that
    have several runs of each thing, with intervals.

    It is no gate: a slower run exits with 0, for its trials were not interleaved with the other's.
    Exit code 3: a run is incomplete, or nothing can be compared.
    """
    to_stderr = json is not None and str(json) == "-"
    if pair := _load_pair(first, second):
        write_lines(load_pair_text.render(pair), stderr=to_stderr)
        if json is not None:
            write_json(pair, json)
        raise typer.Exit(ExitCode.PASS if pair.is_conclusive else ExitCode.NOT_VALID)
    if repeated := _repeated_pair(first, second):
        write_lines(repeated_pair_text.render(repeated), stderr=to_stderr)
        if json is not None:
            write_json(repeated, json)
        raise typer.Exit(ExitCode.PASS if repeated.is_conclusive else ExitCode.NOT_VALID)
    store = paths.results_dir(results)
    runs = [read_run(find_run(store, wanted), limits_of(context)) for wanted in (first, second)]
    found = compare_runs(*runs)
    write_lines(render(found), stderr=to_stderr)
    if json is not None:
        write_json(found, json)
    raise typer.Exit(ExitCode.PASS if found.is_conclusive else ExitCode.NOT_VALID)


def _load_pair(first: str, second: str) -> LoadPair | None:
    """None where neither is a document of `contend load`."""
    documents = [load_document(Path(one)) for one in (first, second)]
    both = [one for one in documents if one is not None]
    if not both:
        return None
    if len(both) < 2:
        what = second if documents[1] is None else first
        raise UsageError(what, "the other is a document of contend load, and this is none", "two")
    return compare_loads(both[0], both[1], (first, second))


def _repeated_pair(first: str, second: str) -> RepeatedPair | None:
    """None where neither is another tool's file."""
    files = [read_other(Path(one)) for one in (first, second)]
    if files[0] is None and files[1] is None:
        return None
    for one, name in zip(files, (first, second), strict=True):
        if one is None:
            raise UsageError(name, "the other is a file of another tool, and this is none", "two")
    one, other = files
    assert one is not None and other is not None
    if one.tool != other.tool:
        why = f"one is of {one.tool}, the other of {other.tool}: they don't time alike"
        raise UsageError("compare", why, "two files of one tool")
    return compare_repeated(one, other, (first, second))
