"""What a store is to the harness: a program that may be missing, and instances of it."""

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from contend.servers.server import Server

Pause = Callable[[float], None]

_READY_TIMEOUT_S = 10.0
_POLL_S = 0.005
_VERSION_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class RunningStore:
    pid: int
    url: str


@dataclass(frozen=True)
class Store:
    title: str
    program: Callable[[], Path | None]  # None where it isn't installed
    # On these cores; `pause(seconds)` passes the time until it is ready, and may raise. Raises
    # TargetError when it can't be started. It ends with the context, and leaves nothing behind.
    run: Callable[[Sequence[int], Pause], AbstractContextManager[RunningStore]]

    def version(self) -> str:
        """As its program says it."""
        try:
            argv = [self.program() or "", "--version"]
            said = subprocess.run(argv, capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S)
        except (OSError, subprocess.SubprocessError):
            return ""
        found = re.search(r"\d+(\.\d+)+", said.stdout)
        return found[0] if found else ""


def wait_until(server: Server, is_ready: Callable[[], bool], pause: Pause) -> None:
    """Raises TargetError when the server ends, or isn't ready in time."""
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while not is_ready():
        server.check_alive()
        if time.monotonic() > deadline:
            raise server.failure(f"not ready after {_READY_TIMEOUT_S:g}s")
        pause(_POLL_S)
