"""`contend gate`: a candidate beside its baseline, block by block, with a verdict for CI."""

import os
from pathlib import Path
from typing import Annotated

import typer

from contend.cli import gate_run
from contend.cli.gate_options import Flags, asked_for
from contend.cli.limits import limits_of
from contend.cli.options import option, read
from contend.cli.output import STDOUT, write_bytes, write_json, write_lines
from contend.durations import S_NS, format_clock, some_time_ns
from contend.errors import ExitCode, UsageError
from contend.files import paths
from contend.findings.benchmark_file import read_benchmarks
from contend.gate.document import PASS, REGRESSION, GateDocument
from contend.gate.run import Outcome, shortest_s
from contend.gate.unpaired import decide_unpaired
from contend.reports import gate_certificate_text, gate_junit, gate_text

TRYING = "20m"  # how long the gate itself is tried for

WHAT, HOW, RESULT = "What to compare", "How to judge", "Results"


def gate(
    context: typer.Context,
    candidate: Annotated[
        str | None,
        option("Starts the server as it is now; {port} is a free port.", metavar="CMD", panel=WHAT),
    ] = None,
    baseline: Annotated[
        str | None,
        option(
            "Starts the server as it was; default: as the candidate.", metavar="CMD", panel=WHAT
        ),
    ] = None,
    url: Annotated[
        str | None, option("What is asked for, {port} in it too.", metavar="URL", panel=WHAT)
    ] = None,
    baseline_ref: Annotated[
        str | None,
        option("Run the baseline in a worktree of this revision.", metavar="REV", panel=WHAT),
    ] = None,
    build: Annotated[
        str | None, option("Run in the worktree first.", metavar="CMD", panel=WHAT)
    ] = None,
    request: Annotated[
        list[str] | None,
        option("A class of requests; repeatable.", metavar="'W%:METHOD PATH'", panel=WHAT),
    ] = None,
    header: Annotated[
        list[str] | None, option("Repeatable.", "-H", "--header", metavar="'K: V'", panel=WHAT)
    ] = None,
    body: Annotated[
        str | None, option("Sent with each request.", "-b", "--body", metavar="S|@FILE", panel=WHAT)
    ] = None,
    connections: Annotated[
        int | None,
        option(
            "Open at a time.",
            *("-c", "--connections"),
            metavar="N",
            panel=WHAT,
            least=1,
            shown="16",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        option(
            "What isn't given here is read from it.",
            metavar="FILE",
            panel=WHAT,
            shown="contend.toml, where there is one",
        ),
    ] = None,
    rate: Annotated[
        float | None,
        option(
            "Requests/s of the open bursts; default: half of the baseline's capacity.",
            "-r",
            "--rate",
            metavar="R",
            panel=HOW,
        ),
    ] = None,
    delta: Annotated[
        list[str] | None,
        option("What a figure may worsen by; repeatable.", metavar="FIGURE=P%", panel=HOW),
    ] = None,
    max_time: Annotated[
        str | None,
        option(
            f"Inconclusive after that; at least {format_clock(shortest_s())}.",
            metavar="T",
            panel=HOW,
            shown="10m",
        ),
    ] = None,
    seed: Annotated[
        int | None, option("Of all that is drawn.", metavar="N", panel=HOW, least=0, shown="1")
    ] = None,
    stored: Annotated[
        Path | None,
        option("Judge a stored gate again, measuring nothing.", metavar="FILE", panel=HOW),
    ] = None,
    error_rates: Annotated[
        bool,
        option(
            "Try the gate itself on this machine: its false alarms, and what it finds.",
            "--error-rates",
            panel=HOW,
        ),
    ] = False,
    baseline_json: Annotated[
        Path | None,
        option(
            "Instead: times that were measured apart, in Google Benchmark's JSON; advisory.",
            metavar="FILE",
            panel=HOW,
        ),
    ] = None,
    candidate_json: Annotated[
        Path | None, option("The candidate's.", metavar="FILE", panel=HOW)
    ] = None,
    results: Annotated[
        Path | None,
        option(
            "The store: results/ of a checkout, else ./contend-results/.",
            metavar="DIR",
            panel=RESULT,
        ),
    ] = None,
    json: Annotated[
        Path | None, option("The verdict; - for standard output.", metavar="FILE", panel=RESULT)
    ] = None,
    junit: Annotated[
        Path | None, option("A test case a figure.", metavar="FILE", panel=RESULT)
    ] = None,
    markdown: Annotated[
        Path | None,
        option(
            "A table; without it, appended to $GITHUB_STEP_SUMMARY where there is one.",
            metavar="FILE",
            panel=RESULT,
        ),
    ] = None,
) -> None:
    """Is a server slower than it was? Baseline and candidate run side by side, measured in turns.

    Exit code 0: no figure is worse than it may be. 1: one is. 3: that can't be said.
    """
    flags = Flags(
        candidate=candidate,
        baseline=baseline,
        url=url,
        baseline_ref=baseline_ref,
        build=build,
        requests=tuple(request or ()),
        headers=tuple(header or ()),
        body=body,
        connections=connections,
        rate=rate,
        deltas=tuple(delta or ()),
        max_time=max_time,
        seed=seed,
    )
    store = paths.results_dir(results)
    if error_rates:
        if any((stored, config, baseline_json, candidate_json, junit, markdown)):
            raise UsageError(
                "--error-rates", "it judges no candidate", "--max-time and --json alone"
            )
        _certify(flags, store, json)
    if stored is not None:
        if flags != Flags() or config or baseline_json or candidate_json:
            raise UsageError("--stored", "nothing else is asked of a stored gate", "it alone")
        outcome = gate_run.judge_again(stored, store)
    elif baseline_json is not None or candidate_json is not None:
        outcome = Outcome(_unpaired(flags, baseline_json, candidate_json), is_interrupted=False)
    else:
        outcome = gate_run.measure(asked_for(flags, config), store, limits_of(context))
    document = outcome.document
    try:
        _write(document, json, junit, markdown)
    finally:
        write_lines(gate_text.render(document), stderr=STDOUT in (json, junit, markdown))
    verdict = {PASS: ExitCode.PASS, REGRESSION: ExitCode.REGRESSION}
    raise typer.Exit(
        ExitCode.most_important(
            ExitCode.INTERRUPTED if outcome.is_interrupted else ExitCode.PASS,
            verdict.get(document.verdict, ExitCode.NOT_VALID),
        )
    )


def _unpaired(flags: Flags, baseline: Path | None, candidate: Path | None) -> GateDocument:
    if baseline is None or candidate is None:
        missing = "--baseline-json" if baseline is None else "--candidate-json"
        raise UsageError(missing, "is needed", "a file of each side")
    if flags != Flags():
        raise UsageError("--baseline-json", "nothing else is asked of files", "the two alone")
    return decide_unpaired(read_benchmarks(baseline), read_benchmarks(candidate))


def _certify(flags: Flags, store: Path, json: Path | None) -> None:
    """The gate tries servers of its own: nothing but the time is the user's to say."""
    if flags != Flags(max_time=flags.max_time):
        raise UsageError("--error-rates", "it runs servers of its own", "--max-time alone")
    longest = read("--max-time", some_time_ns, flags.max_time or TRYING) / S_NS
    certificate, path = gate_run.certify(longest, store)
    try:
        if json is not None:
            write_json(certificate, json)
    finally:
        lines = gate_certificate_text.render(certificate, path)
        write_lines(lines, stderr=json == STDOUT)
    raise typer.Exit(ExitCode.PASS)


def _write(
    document: GateDocument, json: Path | None, junit: Path | None, markdown: Path | None
) -> None:
    if json is not None:
        write_json(document, json)
    if junit is not None:
        write_bytes(gate_junit.render(document), junit)
    if markdown is not None:
        write_bytes(gate_text.markdown(document).encode(), markdown)
    elif summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        write_bytes(gate_text.markdown(document).encode(), Path(summary), append=True)
