"""`contend doctor`: what on this machine would spoil a measurement, and the mend."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from contend import _engine
from contend.cli.options import option
from contend.cli.output import write_json, write_lines
from contend.errors import ExitCode
from contend.machine.doctor import Diagnosis, diagnose, read_facts

# Of wake-ups on a core that has slept for a millisecond; two seconds in all.
_POLLED_NS, _TIMERS = 50_000_000, 1_500

_STYLES = {"ok": "green", "limits": "yellow", "spoils": "bold red"}


def doctor(
    json: Annotated[
        Path | None, option("The findings; - for standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Say what on this machine would spoil a measurement, and the mend. Changes nothing.

    Exit code 3 when something would.
    """
    probe = _engine.probe_machine(_POLLED_NS, _TIMERS)
    late = probe.timer_lateness
    wake_ups_ns = (late.value_at_quantile_ns(0.5), late.value_at_quantile_ns(0.99))
    facts = read_facts(clock_read_ns=probe.clock_cost_ns, wake_ups_ns=wake_ups_ns)
    diagnosis = diagnose(facts)
    to_stdout = json is not None and str(json) == "-"
    write_lines(_lines(diagnosis), stderr=to_stdout)
    if json is not None:
        write_json(diagnosis, json)
    raise typer.Exit(ExitCode.NOT_VALID if diagnosis.spoils else ExitCode.PASS)


def _lines(diagnosis: Diagnosis) -> Iterator[Text]:
    findings = diagnosis.findings
    name_width = max(len(one.name) for one in findings) + 2
    figure_width = max(len(one.figure) for one in findings) + 2
    for one in findings:
        head = one.name.ljust(name_width) + one.figure.ljust(figure_width)
        yield Text.assemble(head, (one.state, _STYLES[one.state]))
    for one in findings:
        if one.state != "ok":
            yield Text()
            yield Text(f"{one.name}: {one.why}; try {one.mend}")
