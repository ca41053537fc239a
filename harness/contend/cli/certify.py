"""`contend certify`: proves the instrument's accuracy on this machine."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from contend._engine import Progress
from contend.certify import proof
from contend.certify.measure import CertifyRunner
from contend.certify.plan import SCALES, OracleTrial, seconds
from contend.cli.options import option
from contend.cli.output import LineConsole, write_json, write_lines
from contend.cli.progress import TrialProgress, time_left
from contend.errors import ExitCode, TrialError, UsageError
from contend.files import paths
from contend.machine.clock import now
from contend.machine.cores import available_cores, divide
from contend.machine.interrupts import interrupts
from contend.machine.read_environment import read_environment
from contend.reports.certificate_text import render


def certify(
    scale: Annotated[
        str,
        option(
            "quick | standard | full: about 1, 4 and 15 minutes.",
            "--scale",
            metavar="SCALE",
        ),
    ] = "standard",
    results: Annotated[
        Path | None,
        option("The store: results/ of a checkout, else ./contend-results/.", metavar="DIR"),
    ] = None,
    json: Annotated[
        Path | None, option("The certificate; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Prove the instrument's accuracy on this machine, against an oracle that knows the truth.

    Stores the certificate in certificates/ of the store. Exit code 3: something doesn't hold, or
    the machine is too noisy to say; the error that it can promise is given all the same.
    """
    if scale not in SCALES:
        raise UsageError("--scale", f"there is no '{scale}'", f"one of {', '.join(SCALES)}")
    chosen = SCALES[scale]
    cores = divide(available_cores()).one_each
    if cores.are_shared:
        why = "oracle and generator need a core each, and there is one"
        raise TrialError("certify", why, "a machine or a taskset with two")
    store = paths.results_dir(results)
    os.sched_setaffinity(0, cores.generator)  # this process stays off the oracle's core
    started = now()
    total, done = seconds(chosen), 0.0
    with interrupts() as interrupt, TrialProgress(LineConsole(stderr=True)) as shown:

        def on_progress(what: str, progress: Progress) -> bool:
            tail = time_left(total, done)
            shown.draw(done, total, f"{what}: {progress.completed:,} responses", tail)
            return not interrupt.asked

        def on_done(trial: OracleTrial) -> None:
            nonlocal done
            done += trial.seconds

        runner = CertifyRunner(chosen, cores, read_environment(), interrupt.pause, on_progress)
        certificate = proof.run(runner, started, on_done)
    if not certificate.trials:
        raise KeyboardInterrupt
    lines = render(certificate)
    try:
        path = proof.store(store, certificate)
        lines.append(Text.assemble(("stored        ", "dim"), str(path)))
        if json is not None:
            write_json(certificate, json)
    finally:  # a file that can't be written loses the file alone
        write_lines(lines, stderr=str(json) == "-")
    raise typer.Exit(
        ExitCode.most_important(
            ExitCode.INTERRUPTED if interrupt.asked else ExitCode.PASS,
            ExitCode.PASS if certificate.holds else ExitCode.NOT_VALID,
        )
    )
