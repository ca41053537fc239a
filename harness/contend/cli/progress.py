"""What a terminal shows while a trial measures: redrawn at most once a second, gone afterwards.

Piped output shows nothing of it. Drawing happens on the thread that runs the trial, when the engine
reports its progress; the clock is passed in.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from contend.cli.output import writing
from contend.durations import S_NS, format_clock

if TYPE_CHECKING:
    from contend._engine import Progress

REDRAW_S = 1.0
_PHASES = {"connect": "connecting", "warmup": "warming up", "measure": "measuring"}
_BAR_WIDTH = 32


class TrialProgress:
    """Draws how far a trial, or a suite of them, is."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._shown = console.is_terminal
        self._clock = clock
        self._drawn = float("-inf")

    def __enter__(self) -> Self:
        if self._shown:
            with writing(self._live.console):
                self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shown:
            with writing(self._live.console):
                self._live.stop()

    def draw(self, done: float, total: float, head: str, tail: str, now: bool = False) -> None:
        """A bar between two texts, unless the last one is less than a second old."""
        if not self._shown or (not now and self._clock() - self._drawn < REDRAW_S):
            return
        self._drawn = self._clock()
        line = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=max(total, 1e-9), completed=min(done, total), width=_BAR_WIDTH)
        line.add_row(Text(head), bar, Text(tail, style="dim"))
        with writing(self._live.console):
            self._live.update(line, refresh=True)


def elapsed_s(now: "Progress", warmup_ns: int, duration_ns: int) -> float:
    """How much of warm-up and measuring is over."""
    before = {"connect": 0, "warmup": 0, "measure": warmup_ns, "drain": warmup_ns + duration_ns}
    within = {"connect": 0, "warmup": now.elapsed_ns, "measure": now.elapsed_ns, "drain": 0}
    return (before[now.phase] + within[now.phase]) / S_NS


def describe(now: "Progress") -> str:
    phase = _PHASES.get(now.phase, "waiting for the last responses")
    failed = f", {now.failed:,} failed" if now.failed else ""
    return f"{phase}: {now.completed:,} responses{failed}"


def time_left(total_s: float, done_s: float) -> str:
    return f"{format_clock(total_s - done_s)} left"
