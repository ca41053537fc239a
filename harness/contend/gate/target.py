"""A side of a gate: started afresh by its command, and ready once it answers as is wanted."""

import http.client
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contend.errors import TargetError, UsageError
from contend.gate.block import Side
from contend.gate.settings import PORT, PYTHON
from contend.machine.ports import HOST, accepts, free_port
from contend.machine.processes import descendants
from contend.servers.server import Server
from contend.suites.request_class import RequestClass
from contend.trials.address import Url, parse_url

_POLL_S = 0.005
_ASK_TIMEOUT_S = 5.0

Pause = Callable[[float], None]


@dataclass(frozen=True)
class GateTarget:
    """One that listens."""

    side: Side
    server: Server
    url: Url
    host: str  # its header

    @property
    def pids(self) -> list[int]:
        """Its own, and those that it started."""
        return [self.server.pid, *descendants(self.server.pid)]

    def body(self, request: RequestClass) -> bytes:
        """What it answers to a request. Raises TargetError where nothing is answered, or another
        status."""
        what = f"{self.side}: {request.method} {request.path}"
        connection = http.client.HTTPConnection(HOST, self.url.port, timeout=_ASK_TIMEOUT_S)
        try:
            headers = {"Host": self.host, **dict(request.headers)}
            connection.request(request.method, request.path, request.body or None, headers)
            response = connection.getresponse()
            if not _is_wanted(request, response.status):
                raise TargetError(what, f"status {response.status}", "its log")
            return response.read()
        except (OSError, http.client.HTTPException) as error:
            why = f"no answer: {error or type(error).__name__}"
            raise TargetError(what, why, "its log") from None
        finally:
            connection.close()


def _is_wanted(request: RequestClass, status: int) -> bool:
    wanted = request.expect_status
    return status == wanted if wanted else 200 <= status <= 299


@contextmanager
def start_target(
    side: Side,
    command: str,
    url: str,
    folder: Path,
    cores: Sequence[int],
    ready: RequestClass,
    timeout_s: float,
    host: str | None = None,
    pause: Pause = time.sleep,
) -> Iterator[GateTarget]:
    """Starts it on `cores`, and waits until its own processes listen and answer `ready`.

    Raises TargetError when it can't be started, ends, or isn't ready in time; UsageError for a
    command that is none.
    """
    port = free_port()
    found = parse_url(url.replace(PORT, str(port)))
    argv = argv_of(side, command.replace(PORT, str(port)))
    with Server(side, argv, folder, {}, cores) as server:
        target = GateTarget(side, server, found, host or found.host_header)
        deadline = time.monotonic() + timeout_s
        why = f"nothing of it listens at port {found.port}"
        while True:
            server.check_alive()
            if accepts(found.port) and server.serves(found.port):
                try:
                    target.body(ready)
                    break
                except TargetError as error:
                    why = f"{error.what}: {error.why}"
            if time.monotonic() > deadline:
                raise server.failure(f"not ready after {timeout_s:g}s: {why}")
            pause(_POLL_S)
        yield target


def argv_of(side: str, command: str) -> list[str]:
    """Raises UsageError for a command that is none."""
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--{side}", f"no command: {error}", "quotes that are closed") from None
    if not argv:
        raise UsageError(f"--{side}", "no command", f"'server --port {PORT}'")
    return [sys.executable if argv[0] == PYTHON else argv[0], *argv[1:]]
