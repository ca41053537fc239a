"""Progress by an injected clock, on a terminal that is a string; interrupts by real signals."""

import errno
import io
import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from contend.cli.output import LineConsole
from contend.cli.progress import TrialProgress, describe, elapsed_s, time_left
from contend.durations import S_NS
from contend.errors import StoreError
from contend.machine.interrupts import Interrupted, interrupts
from rich.console import Console


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def terminal() -> tuple[Console, io.StringIO]:
    drawn = io.StringIO()
    return Console(file=drawn, force_terminal=True, width=100, _environ={}), drawn


def progress(phase: str, elapsed_ns: int = 0, completed: int = 0, failed: int = 0) -> Any:
    return SimpleNamespace(phase=phase, elapsed_ns=elapsed_ns, completed=completed, failed=failed)


def test_a_terminal_is_redrawn_once_a_second() -> None:
    console, drawn = terminal()
    clock = Clock()
    with TrialProgress(console, clock) as shown:
        for tenth in range(25):
            clock.now = 100.0 + tenth / 10
            shown.draw(tenth, 25, f"number {tenth}", "later")
    said = drawn.getvalue()
    assert [tenth for tenth in range(25) if f"number {tenth} " in said] == [0, 10, 20]


def test_what_matters_now_is_drawn_at_once() -> None:
    console, drawn = terminal()
    with TrialProgress(console, Clock()) as shown:
        shown.draw(0, 1, "first", "")
        shown.draw(0, 1, "second", "")
        shown.draw(0, 1, "third", "", now=True)
    assert "second" not in drawn.getvalue()
    assert "third" in drawn.getvalue()


class Gone(io.StringIO):
    """A terminal that takes no more: it was closed, or what reads it has gone."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.is_gone = False

    def write(self, text: str) -> int:
        if self.is_gone:
            raise OSError(self._number, os.strerror(self._number))
        return super().write(text)


@pytest.mark.parametrize(
    ("number", "raised", "said"),
    [
        (errno.EIO, StoreError, "standard output: can't be written: Input/output error"),
        (errno.EPIPE, BrokenPipeError, None),
    ],
)
def test_a_terminal_that_is_gone_is_said_so(
    number: int, raised: type[Exception], said: str | None
) -> None:
    console = LineConsole()
    console.file = drawn = Gone(number)
    console._force_terminal = True
    with pytest.raises(raised, match=said), TrialProgress(console, Clock()) as shown:
        shown.draw(1, 2, "head", "tail")
        drawn.is_gone = True
        with pytest.raises(raised, match=said):
            shown.draw(1, 2, "head", "tail", now=True)
    with pytest.raises(raised, match=said):
        console.print("line")


def test_nothing_is_left_on_the_terminal() -> None:
    console, drawn = terminal()
    with TrialProgress(console, Clock()) as shown:
        shown.draw(1, 0, "no total yet", "")
    assert drawn.getvalue().endswith("\x1b[2K")  # the line is erased


def test_a_pipe_shows_nothing() -> None:
    drawn = io.StringIO()
    with TrialProgress(Console(file=drawn), Clock()) as shown:
        shown.draw(1, 2, "head", "tail", now=True)
    assert drawn.getvalue() == ""


@pytest.mark.parametrize(
    ("phase", "elapsed_ns", "seconds"),
    [
        ("connect", 5 * S_NS, 0.0),
        ("warmup", S_NS, 1.0),
        ("measure", 3 * S_NS, 5.0),
        ("drain", 4 * S_NS, 12.0),
    ],
)
def test_what_is_over_is_told_from_the_phase(phase: str, elapsed_ns: int, seconds: float) -> None:
    assert elapsed_s(progress(phase, elapsed_ns), 2 * S_NS, 10 * S_NS) == seconds


def test_phases_are_described_for_people() -> None:
    assert describe(progress("connect")) == "connecting: 0 responses"
    assert describe(progress("warmup", 0, 1234)) == "warming up: 1,234 responses"
    assert describe(progress("measure", 0, 5, 1000)) == "measuring: 5 responses, 1,000 failed"
    assert describe(progress("drain")).startswith("waiting for the last responses: ")
    assert time_left(65.0, 4.6) == "1 min 00 s left"
    assert time_left(1.0, 5.0) == "0 s left"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_one_ends(number: signal.Signals) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    with interrupts() as interrupt:
        assert not interrupt.asked
        signal.raise_signal(number)
        assert interrupt.asked
        with pytest.raises(Interrupted):
            interrupt.pause(0.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def test_the_handlers_come_back_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="x"), interrupts():
        raise ValueError("x")
    assert signal.getsignal(signal.SIGINT) is before
