"""Runs the trial of `contend load`, prints what was measured, and gives the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from msgspec import structs
from rich.text import Text

from contend import _engine
from contend.cli.output import LineConsole, check_writable, write_bytes, write_json, write_lines
from contend.cli.progress import TrialProgress, describe, elapsed_s, time_left
from contend.durations import S_NS
from contend.errors import ExitCode, StoreError, TargetError
from contend.machine.interrupts import interrupts
from contend.machine.read_environment import read_environment
from contend.reports import foreign, hgrm, hlog
from contend.reports.load_summary import row, summary
from contend.stats.sub_batches import SubBatches
from contend.trials import results
from contend.trials import run as trial_run
from contend.trials.address import Endpoint
from contend.trials.conditions import conditions_of
from contend.trials.document import INCONCLUSIVE, LoadDocument, Reason
from contend.trials.spec import TrialSpec
from contend.trials.thresholds import BROKEN, HOLDS, UNKNOWN, Kept, Threshold, check
from contend.trials.tls import speaks_tls
from contend.trials.until_ci import UntilCi
from contend.trials.validity import LIMITS, Limits, lost_share
from contend.trials.wrong_url import is_wrong_url


@dataclass(frozen=True)
class Files:
    """That what was measured is written to, where they are asked for."""

    json: Path | None = None  # - for standard output
    hgrm: Path | None = None
    hlog: Path | None = None

    def check(self) -> None:
        """Raises StoreError, before anything is sent, where one of them can't be written."""
        for path in (self.json, self.hgrm, self.hlog):
            if path is not None and str(path) != "-":
                check_writable(path)

    @property
    def take_stdout(self) -> bool:
        return str(self.json) == "-"


def drive(
    spec: TrialSpec,
    endpoint: Endpoint,
    thresholds: Sequence[Threshold],
    files: Files,
    until_ci: UntilCi | None = None,
    limits: Limits = LIMITS,
    verbose: bool = False,
) -> ExitCode:
    """Standard output gets the summary, or the document when its file is `-`."""
    files.check()
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
            return not (interrupt.asked or enough or is_wrong_url(now))

        begun = datetime.now(UTC)
        result, document = trial_run.run(spec, environment, on_progress, limits=limits)
    waited_for = until_ci.half_width if until_ci else None
    if not document.arrivals.changes:  # else there is no one distribution to know
        found = results.known_within(result, document, enough, waited_for)
        document = structs.replace(document, within_trial=found)
        if until_ci and not interrupt.asked:
            document = _asked_for(document, until_ci.missed(found, document.duration_ns))
    lowest = results.lowest_lower_bounds(spec, result)
    lost = lost_share(conditions_of(result), trial_run.setting_of(spec), limits)
    kept = [(one, check(one, result, lost)) for one in thresholds]
    lines = summary(document, endpoint, lowest, interrupt.asked, verbose)
    lines += [_threshold(one, found) for one, found in kept]
    states = {found.state for _, found in kept}
    states_figures = document.validity.states_figures
    code = ExitCode.most_important(
        ExitCode.INTERRUPTED if interrupt.asked else ExitCode.PASS,
        ExitCode.PASS if states_figures and UNKNOWN not in states else ExitCode.NOT_VALID,
        ExitCode.REGRESSION if BROKEN in states else ExitCode.PASS,
    )
    try:
        _write(document, lines, files)
        _write_histograms(result, begun + timedelta(microseconds=spec.warmup_ns / 1e3), files)
    except StoreError as error:
        error.exit_code = ExitCode.most_important(code, error.exit_code)
        raise
    if not interrupt.asked:
        _check_url(spec, document)
    return code


def _check_url(spec: TrialSpec, document: LoadDocument) -> None:
    """Raises TargetError where nothing could be right, for the URL is wrong."""
    status = document.only_wrong_status
    is_plain = not (spec.tls or spec.unix_path)
    failed = document.requests.failed
    is_odd = not document.requests.ok and (status == "400" or failed["protocol"] or failed["reset"])
    if is_plain and is_odd and speaks_tls(spec.address, spec.port, spec.connect_timeout_ns):
        raise TargetError(document.target, "what answers speaks TLS", "https://")
    if status:
        raise _wrong_url(document.target, status)


def _asked_for(document: LoadDocument, missed: list[str]) -> LoadDocument:
    """A trial that was to go on until its figures are known, and didn't get there, has not answered
    what it was asked."""
    if not missed:
        return document
    before = document.validity
    verdict = INCONCLUSIVE if before.states_figures else before.verdict
    reasons = (*before.reasons, *(Reason("not-known", one) for one in missed))
    return structs.replace(
        document, validity=structs.replace(before, verdict=verdict, reasons=reasons)
    )


def _wrong_url(target: str, status: str) -> TargetError:
    phrases = {one.value: one.phrase for one in HTTPStatus}
    name = f"{status} {phrases.get(int(status), '')}".strip()
    why = f"every response was {name}"
    return TargetError(target, why, "another path or method, or --expect-status")


def _threshold(threshold: Threshold, found: Kept) -> Text:
    """What held and what broke."""
    style = {HOLDS: "green", BROKEN: "bold red", UNKNOWN: "bold yellow"}[found.state]
    said = {HOLDS: "holds", BROKEN: "BROKEN", UNKNOWN: "not known"}[found.state]
    text = f"{foreign.on_terminal(threshold.text)}  {said}: {found.words}"
    return row("threshold", text, style)


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
