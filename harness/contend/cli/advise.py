"""`contend advise`: which server for a stated need, from stored runs."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from contend.advice.advise import advise as advise_for
from contend.advice.need import ANY, NONE, Need, read_need
from contend.cli.comparison import read_archive
from contend.cli.limits import limits_of
from contend.cli.options import StoreOption, option
from contend.cli.output import write_json, write_lines
from contend.errors import ExitCode, UsageError
from contend.files import paths
from contend.reports.advice_text import render
from contend.suites.backend import backend_names, read_backend
from contend.suites.suite import read_suite, suite_names


def advise(
    context: typer.Context,
    need: Annotated[
        Path | None,
        option("The need as a TOML file, whose keys are these options' names.", metavar="FILE"),
    ] = None,
    rate: Annotated[
        float | None, option("Requests/s at the busiest.", "-r", "--rate", metavar="R")
    ] = None,
    p99: Annotated[str | None, option("The objective, such as 50ms.", metavar="T")] = None,
    cpu: Annotated[
        str | None, option("CPU time of your own code, a request.", metavar="T", shown="0ms")
    ] = None,
    wait: Annotated[
        str | None,
        option("What a request waits for others, a database say.", metavar="T", shown="0ms"),
    ] = None,
    connections: Annotated[
        int | None, option("Open at once.", "-c", "--connections", metavar="N", shown="64")
    ] = None,
    real_time: Annotated[
        str | None, option("no, chat or events.", metavar="KIND", shown=NONE)
    ] = None,
    language: Annotated[
        str | None,
        option("That the team writes: JavaScript, Python or any.", metavar="NAME", shown=ANY),
    ] = None,
    orm: Annotated[bool, option("It uses an object mapper.", "--orm")] = False,
    sessions: Annotated[bool, option("It keeps sessions.", "--sessions")] = False,
    cores: Annotated[int | None, option("At most so many.", metavar="N")] = None,
    every: Annotated[bool, option("Show all servers, not the first five.", "--all")] = False,
    results: StoreOption = None,
    json: Annotated[
        Path | None, option("The advice as a document; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Say which server suits a stated need: ranked, with figures, margin and cores, the stored cell
    that each sentence rests on, and what isn't known. Measures nothing.

    Without --rate and without a file it asks, on a terminal.

    Exit code 3: what is stored doesn't tell; it says what to measure.
    """
    given = {
        "rate": rate,
        "p99": p99,
        "cpu": cpu,
        "wait": wait,
        "connections": connections,
        "real_time": real_time,
        "language": language,
        "orm": orm or None,
        "sessions": sessions or None,
        "cores": cores,
    }
    wanted = _need(need, {name: value for name, value in given.items() if value is not None})
    workloads = paths.workloads_dir()
    archive = read_archive(paths.results_dir(results), limits_of(context))
    backends = {name: read_backend(workloads, name, workloads) for name in backend_names(workloads)}
    suites = {
        name: read_suite(workloads / "suites" / f"{name}.toml") for name in suite_names(workloads)
    }
    advice = advise_for(wanted, archive, backends, suites)
    write_lines(render(advice, every), stderr=json is not None and str(json) == "-")
    if json is not None:
        write_json(advice, json)
    raise typer.Exit(ExitCode.PASS if advice.tells else ExitCode.NOT_VALID)


def _need(file: Path | None, given: dict[str, object]) -> Need:
    """What is given beside a file stands before what is in it."""
    known = msgspec.to_builtins(read_need(file)) if file is not None else {}
    if "rate" not in known | given:
        if not sys.stdin.isatty():
            why = "is needed: how many requests a second it is for"
            raise UsageError("--rate", why, "--rate 1000, or a TOML file that says rate")
        given = given | _asked()
    try:
        return msgspec.convert(known | given, Need)
    except msgspec.ValidationError as error:
        said = str(error).partition(" - at ")
        where = said[2].strip("`$. ")
        what = f"--{where.replace('_', '-')}" if where else "need"
        raise UsageError(what, said[0], "contend advise --help") from None


def _asked() -> dict[str, object]:
    """What decides most, by asking; the rest as options."""
    found: dict[str, object] = {
        "rate": typer.prompt("Requests a second, at the busiest", type=float),
        "cpu": typer.prompt("CPU time of your own code, a request", default="0ms"),
        "wait": typer.prompt("What a request waits for others", default="0ms"),
        "connections": typer.prompt("Connections open at once", default=64, type=int),
        "real_time": typer.prompt("Real time: no, chat or events", default=NONE),
        "orm": typer.confirm("An object mapper?", default=False),
        "sessions": typer.confirm("Sessions?", default=False),
        "language": typer.prompt("The team writes JavaScript, Python or any", default=ANY),
    }
    if objective := typer.prompt("p99 at most (empty: no objective)", default=""):
        found["p99"] = objective
    return found
