"""What a terminal shows while a suite runs: where it is, the trial or block at hand, the time left.

Draws on the thread that measures, through TrialProgress; what gave no figure is said as it ends, on
a terminal or not.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from contend import _engine
from contend.blocks.record import BlockRecord
from contend.cli.progress import TrialProgress
from contend.durations import format_clock
from contend.machine.interrupts import Interrupts
from contend.runs.record import TrialRecord
from contend.runs.suite_run import PreparedSuite, Progress
from contend.suites.plan import Planned, PlannedTrial


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
        self._interrupt = interrupt
        self._clock = clock
        self._shown = TrialProgress(console, clock)
        self._now = Progress(0, 0, 0.0)
        self._began = clock()  # the one at hand

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

    def on_planned(self, planned: Planned, progress: Progress) -> None:
        self._now, self._began = progress, self._clock()
        self._draw(planned, now=True)

    def on_progress(self, planned: Planned, progress: _engine.Progress) -> bool:
        """False when the measurement is to end."""
        self._draw(planned)
        return not self._interrupt.asked

    def on_record(self, record: TrialRecord | BlockRecord) -> None:
        if isinstance(record, BlockRecord):
            if (why := record.dropped) is not None:
                self._say(f"dropped: block {record.number} of {record.workload}: {why}")
            return
        cell = record.planned.cell
        load = cell.load.word
        what = f"{cell.backend} on {cell.workload}, {load}, start {record.planned.repetition}"
        if record.not_run is not None:
            self._say(f"not measured: {what}: {record.not_run}")
        elif record.document is not None and not record.is_valid:
            validity = record.document.validity
            self._say(f"{validity.verdict}: {what}: {'; '.join(validity.words)}")

    def _say(self, line: str) -> None:
        self._console.print(Text(f"contend: {line}"), soft_wrap=True)

    def _draw(self, planned: Planned, now: bool = False) -> None:
        spent_s = self._clock() - self._began
        left = format_clock(max(0.0, self._now.left_s - spent_s))
        self._shown.draw(
            self._now.done,
            self._now.total,
            f"{self._name} {self._now.done + 1}/{self._now.total}",
            f"{left} left · {_said(planned)}",
            now,
        )


def _said(planned: Planned) -> str:
    if isinstance(planned, PlannedTrial):
        cell = planned.cell
        return f"{cell.backend} on {cell.workload}, {cell.load.word}"
    group = planned.group
    return f"{len(group.lanes)} servers on {group.workload}, block {planned.number}"
