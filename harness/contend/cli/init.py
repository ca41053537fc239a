"""`contend init`: writes a contend.toml for a repository, by asking or from options."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.text import Text

from contend.cli.gate_options import parse_deltas, parse_rate
from contend.cli.load_options import parse_class
from contend.cli.options import option, read
from contend.cli.output import write_bytes, write_lines
from contend.errors import ExitCode, UsageError
from contend.gate.config import FILE, Config, GateRequest, GateTable, ServerTable, read_config
from contend.gate.figures import with_deltas
from contend.gate.settings import PORT
from contend.gate.worktree import MAINLINE, mainline, names_commit
from contend.reports.config_toml import render
from contend.suites.request_class import RequestClass
from contend.trials.address import parse_plain_url

_CANDIDATE = "node server.mjs --port {port}"
_URL = "http://127.0.0.1:{port}/"


def init(
    candidate: Annotated[
        str | None, option("Starts your server; {port} is a free port.", metavar="CMD")
    ] = None,
    url: Annotated[
        str | None, option("What is asked for, {port} in it too.", metavar="URL")
    ] = None,
    baseline_ref: Annotated[
        str | None,
        option("The revision to compare with.", metavar="REV", shown="origin/main, or as found"),
    ] = None,
    build: Annotated[
        str | None, option("Run in a fresh worktree of that revision.", metavar="CMD")
    ] = None,
    request: Annotated[
        list[str] | None,
        option("A class of requests; repeatable.", metavar="'W%:METHOD PATH'"),
    ] = None,
    delta: Annotated[
        list[str] | None,
        option("What a figure may worsen by; repeatable.", metavar="FIGURE=P%"),
    ] = None,
    rate: Annotated[
        float | None, option("Requests/s of the open bursts.", "-r", "--rate", metavar="R")
    ] = None,
    max_time: Annotated[str, option("The longest that a gate takes.", metavar="T")] = "10m",
    force: Annotated[bool, option("Overwrite a contend.toml that is there.", "--force")] = False,
) -> None:
    """Write a contend.toml for this repository, which contend gate reads.

    Without --candidate it asks, on a terminal, for what isn't given.
    """
    if FILE.exists() and not force:
        raise UsageError(str(FILE), "it is there already", "--force to overwrite it")
    asks = sys.stdin.isatty() and candidate is None
    candidate = candidate or _ask(asks, "--candidate", "Command that starts the server", _CANDIDATE)
    url = url or _ask(asks, "--url", "URL to ask for", _URL)
    found = mainline(Path())
    if asks and baseline_ref is None:
        baseline_ref = _ask(asks, "--baseline-ref", "Revision to compare with", found or MAINLINE)
    if asks and build is None:
        build = typer.prompt("Command that builds it there (empty: none)", default="") or None
    for name, text in (("--candidate", candidate), ("--url", url)):
        if PORT not in text:
            raise UsageError(name, f"names no {PORT}", f"with {PORT}")
    parse_plain_url(url.replace(PORT, "1"))
    server = ServerTable(
        candidate, url, baseline_ref=baseline_ref or found or MAINLINE, build=build
    )
    gate = read("--max-time", lambda text: GateTable(max_time=text), max_time)
    figures = with_deltas(dict(parse_deltas(delta or ())))
    deltas = {one.name: f"{100 * one.delta:g}%" for one in figures}
    gate = replace(gate, rate=parse_rate(rate), delta=deltas)
    requests = tuple(_request(read("--request", parse_class, one)) for one in request or ())
    write_bytes(render(Config(server, gate, requests)).encode(), FILE)
    read_config(FILE)
    write_lines(_said(server.baseline_ref or "", is_found=baseline_ref is None))
    raise typer.Exit(ExitCode.PASS)


def _said(revision: str, is_found: bool) -> Iterator[Text]:
    if not names_commit(Path(), revision):
        why = f"baseline_ref: no commit here is called {revision}; commit, fetch or name another"
        yield Text(f"written: {FILE}; {why} before contend gate")
        return
    if is_found and revision != MAINLINE:
        yield Text(f"baseline_ref: there is no {MAINLINE} here, so it is {revision}")
    yield Text(f"written: {FILE}; next: contend gate")


def _request(given: RequestClass) -> GateRequest:
    return GateRequest(given.name, given.path, weight=given.weight, method=given.method)


def _ask(asks: bool, name: str, question: str, default: str) -> str:
    if not asks:
        raise UsageError(name, "is needed", f"{name} '{default}'")
    answer: str = typer.prompt(question, default=default)
    return answer
