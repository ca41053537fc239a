"""What a terminal shows while a suite runs: where it is, the trial at hand, and the time left.

Draws on the thread that measures, through TrialProgress; trials that gave no figure are said as
they end, on a terminal or not.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from contend import _engine
from contend.cli.progress import TrialProgress, elapsed_s
from contend.durations import S_NS, format_clock, parse_duration_ns
from contend.machine.interrupts import Interrupts
from contend.runs.record import TrialRecord
from contend.runs.suite_run import PreparedSuite
from contend.suites.plan import PlannedTrial

# What a start takes beside measuring, until this run has shown it.
ASSUMED_START_S = 0.7


class SuiteDisplay:
    """Use it in a `with`; `clock` gives seconds."""

    def __init__(
        self,
        console: Console,
        prepared: PreparedSuite,
        interrupt: Interrupts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._name = prepared.name
        self._suite = prepared.suite
        self._interrupt = interrupt
        self._clock = clock
        self._shown = TrialProgress(console, clock)
        self._done = 0
        self._total = 0
        self._ended = 0  # trials that this display has seen end
        self._began = clock()

    def __enter__(self) -> Self:
        self._shown.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._shown.__exit__(kind, error, traceback)

    def on_planned(self, planned: PlannedTrial, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._draw(planned, 0.0, now=True)

    def on_progress(self, planned: PlannedTrial, progress: _engine.Progress) -> bool:
        """False when the measurement is to end."""
        warmup_ns = parse_duration_ns(self._suite.warmup)
        duration_ns = parse_duration_ns(self._suite.duration)
        self._draw(planned, elapsed_s(progress, warmup_ns, duration_ns))
        return not self._interrupt.asked

    def on_record(self, record: TrialRecord) -> None:
        self._ended += 1
        cell = record.planned.cell
        load = cell.load.word
        what = f"{cell.backend} on {cell.workload}, {load}, start {record.planned.repetition}"
        if record.not_run is not None:
            self._say(f"not measured: {what}: {record.not_run}")
        elif record.document is not None and not record.is_valid:
            validity = record.document.validity
            self._say(f"{validity.verdict}: {what}: {'; '.join(validity.reasons)}")

    def _say(self, line: str) -> None:
        self._console.print(Text(f"contend: {line}"), soft_wrap=True)

    def _draw(self, planned: PlannedTrial, elapsed: float, now: bool = False) -> None:
        trial_s = self._suite.trial_ns / S_NS
        spent = self._clock() - self._began
        each = (spent - elapsed) / self._ended if self._ended else trial_s + ASSUMED_START_S
        left = format_clock((self._total - self._done) * each - elapsed)
        cell = planned.cell
        self._shown.draw(
            self._done + elapsed / trial_s,
            self._total,
            f"{self._name} {self._done + 1}/{self._total}",
            f"{left} left · {cell.backend} on {cell.workload}, {cell.load.word}",
            now,
        )
