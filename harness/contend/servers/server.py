"""A server process under its supervisor.

However a suite ends, its servers end: the supervisor sees to that (supervise.py).
"""

import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from contend.errors import TargetError
from contend.machine.processes import descendants, listens
from contend.servers.supervise import GRACE_S
from contend.servers.telling_lines import telling_lines


class Server:
    """A server process and its supervisor. Owns both; use it in a `with`."""

    def __init__(
        self,
        title: str,
        argv: Sequence[str],
        folder: Path,
        env: dict[str, str],
        cores: Sequence[int],
    ) -> None:
        """Raises TargetError when the program can't be started."""
        self.title = title
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the server)
        # In the suite's own folder and environment: a json.py beside a server is the server's.
        command = [sys.executable, "-P", "-m", "contend.servers.supervise"]
        self._supervisor = subprocess.Popen(
            [*command, ",".join(map(str, cores)), "--", *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        try:
            self._tell({"folder": str(folder.absolute()), "env": env})
            first = self._read_line()
            if "pid" not in first:
                why = str(first.get("error", "its supervisor ended at once"))
                raise self.failure(f"could not be started: {why}")
            self.pid = int(first["pid"])
            self.started_ns = int(first["started_ns"])  # on the monotonic clock
        except BaseException:
            self.close()
            raise

    def check_alive(self) -> None:
        """Raises TargetError when the server has exited."""
        assert self._supervisor.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._supervisor.stdout, selectors.EVENT_READ)
            if not selector.select(timeout=0):
                return
        code = self._read_line().get("exit")
        how = f"exited with {code}" if code is None or code >= 0 else f"was ended by signal {-code}"
        raise self.failure(how)

    def serves(self, port: int) -> bool:
        """Whether it, or a process that it started, listens at the port."""
        return listens([self.pid, *descendants(self.pid)], port)

    @property
    def log(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def close(self) -> None:
        """Ends it and all its descendants."""
        assert self._supervisor.stdin is not None and self._supervisor.stdout is not None
        with suppress(BrokenPipeError):
            self._supervisor.stdin.close()
        try:
            self._supervisor.wait(timeout=5 * GRACE_S)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()  # its server is told by the kernel (PR_SET_PDEATHSIG)
            self._supervisor.wait()
        self._supervisor.stdout.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def failure(self, why: str, remedy: str = "starting it by hand") -> TargetError:
        """An error with the lines of the server's log that say why."""
        said = " | ".join(telling_lines(self.log))
        return TargetError(self.title, f"{why}; {_said(said)}", remedy)

    def _tell(self, place: dict[str, Any]) -> None:
        assert self._supervisor.stdin is not None
        with suppress(BrokenPipeError):  # it has ended at once; what it said tells why
            self._supervisor.stdin.write(json.dumps(place).encode() + b"\n")
            self._supervisor.stdin.flush()

    def _read_line(self) -> dict[str, Any]:
        assert self._supervisor.stdout is not None
        line = self._supervisor.stdout.readline()
        told: dict[str, Any] = json.loads(line) if line else {}
        return told


def _said(log: str) -> str:
    return f"it said: {log}" if log else "it said nothing"
