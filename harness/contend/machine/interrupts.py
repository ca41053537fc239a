"""SIGINT and SIGTERM as a question that a measurement asks, so that nothing finished is lost."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):  # noqa: N818 (no error: it was asked for)
    """A wait that was ended by an interrupt."""


class Interrupts:
    """The first signal asks to stop; a second one raises KeyboardInterrupt. Main thread only."""

    def __init__(self) -> None:
        self.asked = False

    def note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def pause(self, seconds: float) -> None:
        """Sleeps. Raises Interrupted once a signal has asked to stop."""
        if self.asked:
            raise Interrupted
        time.sleep(seconds)


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt too: for what may end at any point, and then cleans up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    state = Interrupts()
    before = {number: signal.signal(number, state.note) for number in _SIGNALS}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
