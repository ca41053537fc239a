"""Runs the trial of `contend load`, prints what was measured, and gives the exit code."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import structs
from rich.text import Text

from contend import _engine
from contend.cli.output import LineConsole, write_bytes, write_json, write_lines
from contend.cli.progress import TrialProgress, describe, elapsed_s, time_left
from contend.durations import S_NS, format_ns
from contend.errors import ExitCode, StoreError
from contend.machine.interrupts import interrupts
from contend.machine.read_environment import read_environment
from contend.reports import hgrm, hlog
from contend.reports.load_summary import summary
from contend.stats.sub_batches import SubBatches
from contend.trials import results
from contend.trials import run as trial_run
from contend.trials.address import Endpoint
from contend.trials.document import LoadDocument, Validity
from contend.trials.spec import TrialSpec
from contend.trials.until_ci import UntilCi
from contend.trials.validity import LIMITS, Limits


@dataclass(frozen=True)
class Files:
    """That what was measured is written to, where they are asked for."""

    json: Path | None = None  # - for standard output
    hgrm: Path | None = None
    hlog: Path | None = None

    @property
    def take_stdout(self) -> bool:
        return str(self.json) == "-"


@dataclass(frozen=True)
class Thresholds:
    max_p99_ns: int | None
    max_error_rate: float | None

    def broken(self, document: LoadDocument, lowest_lower_bound_ns: int | None) -> list[str]:
        """Each broken threshold in words. A p99 among lower bounds holds none: requests that were
        given up early must not pass for fast ones."""
        said = []
        p99_ns = document.latency.p99_ns
        if self.max_p99_ns is not None and p99_ns is not None:
            limit = format_ns(self.max_p99_ns)
            if p99_ns > self.max_p99_ns:
                said.append(f"p99 {format_ns(p99_ns)} is above {limit}")
            elif lowest_lower_bound_ns is not None and p99_ns >= lowest_lower_bound_ns:
                said.append(f"p99 ≥{format_ns(p99_ns)} is not known to be below {limit}")
        if self.max_error_rate is not None and document.error_rate > self.max_error_rate:
            said.append(f"error rate {document.error_rate:.4g} is above {self.max_error_rate:g}")
        return said


def drive(
    spec: TrialSpec,
    endpoint: Endpoint,
    thresholds: Thresholds,
    files: Files,
    until_ci: UntilCi | None = None,
    limits: Limits = LIMITS,
) -> ExitCode:
    """Standard output gets the summary, or the document when its file is `-`."""
    environment = read_environment()
    if until_ci:
        spec = replace(spec, duration_ns=until_ci.longest_ns, looks_ns=until_ci.looks_ns)
    enough: SubBatches | None = None  # by which both figures are known
    with interrupts() as interrupt, TrialProgress(LineConsole(stderr=True)) as shown:

        def on_progress(now: _engine.Progress) -> bool:
            _draw(shown, now, spec)
            nonlocal enough
            if until_ci and now.latency_series and not enough:
                series = results.sub_batches(now.latency_series)
                given_up = now.given_up / max(1, now.completed + now.failed)
                enough = series if until_ci.may_end(series, given_up) else None
            return not (interrupt.asked or enough)

        begun = datetime.now(UTC)
        result, document = trial_run.run(spec, environment, on_progress, limits=limits)
    waited_for = until_ci.half_width if until_ci else None
    found = results.known_within(result, document.latency, enough, waited_for)
    document = structs.replace(document, within_trial=found)
    if until_ci and not interrupt.asked:
        document = _asked_for(document, until_ci.missed(found, document.duration_ns))
    lowest = results.lowest_lower_bounds(result)
    broken = thresholds.broken(document, result.lowest_lower_bound_ns)
    lines = summary(document, endpoint.addresses, lowest, interrupt.asked)
    lines += [Text(f"threshold     {threshold}", style="bold red") for threshold in broken]
    code = ExitCode.most_important(
        ExitCode.INTERRUPTED if interrupt.asked else ExitCode.PASS,
        ExitCode.PASS if document.validity.is_valid else ExitCode.NOT_VALID,
        ExitCode.REGRESSION if broken else ExitCode.PASS,
    )
    try:
        _write(document, lines, files)
        _write_histograms(result, begun + timedelta(microseconds=spec.warmup_ns / 1e3), files)
    except StoreError as error:
        error.exit_code = ExitCode.most_important(code, error.exit_code)
        raise
    return code


def _asked_for(document: LoadDocument, missed: list[str]) -> LoadDocument:
    """A trial that was to go on until its figures are known, and didn't get there, has not answered
    what it was asked."""
    if not missed:
        return document
    before = document.validity
    verdict = "inconclusive" if before.is_valid else before.verdict
    return structs.replace(document, validity=Validity(verdict, (*before.reasons, *missed)))


def _write(document: LoadDocument, lines: list[Text], files: Files) -> None:
    """The document first: a pipe that is closed loses the summary at most, and a file that can't
    be written loses the file alone."""
    try:
        if files.json is not None:
            write_json(document, files.json)
    finally:
        write_lines(lines, stderr=files.take_stdout)


def _write_histograms(result: _engine.TrialResult, measured_from: datetime, files: Files) -> None:
    if files.hgrm is not None:
        write_bytes(hgrm.render(result.latency).encode(), files.hgrm)
    if files.hlog is not None:
        write_bytes(hlog.render(result.slices, measured_from).encode(), files.hlog)


def _draw(shown: TrialProgress, now: _engine.Progress, spec: TrialSpec) -> None:
    if spec.max_requests:
        shown.draw(now.completed, spec.max_requests, describe(now), f"of {spec.max_requests:,}")
        return
    total_s = (spec.warmup_ns + spec.duration_ns) / S_NS
    done_s = elapsed_s(now, spec.warmup_ns, spec.duration_ns)
    left = time_left(total_s, done_s)
    shown.draw(done_s, total_s, describe(now), f"at most {left}" if spec.looks_ns else left)
