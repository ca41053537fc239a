"""A baseline or a candidate: started afresh by its command, and ready once it answers its URL."""

import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contend.address import Url, parse_url
from contend.conformance import asker
from contend.contract import Exchange
from contend.errors import TargetError, UsageError
from contend.gate.settings import PORT, PYTHON
from contend.loopback import HOST, accepts, free_port
from contend.request_class import RequestClass
from contend.server import Server

_POLL_S = 0.005
_ASK_TIMEOUT_S = 5.0

Pause = Callable[[float], None]


@dataclass(frozen=True)
class Contender:
    """One that is ready."""

    side: str
    server: Server
    url: Url

    @property
    def pid(self) -> int:
        return self.server.pid

    def body(self, request: RequestClass) -> bytes:
        """What it answers to a request. Raises TargetError where the status is a wrong one."""
        exchange = Exchange(
            name=request.name,
            path=request.path,
            method=request.method,
            headers=dict(request.headers),
            body=request.body.decode(errors="surrogateescape"),
        )
        answer = asker(HOST, self.url.port, _ASK_TIMEOUT_S)(exchange)
        wanted = request.expect_status
        if answer.status != wanted if wanted else not 200 <= answer.status <= 299:
            raise TargetError(
                self.side, f"{request.method} {request.path}: status {answer.status}", "its log"
            )
        return answer.body


@contextmanager
def contend_with(
    side: str,
    command: str,
    url: str,
    folder: Path,
    cores: Sequence[int],
    timeout_s: float,
    pause: Pause = time.sleep,
) -> Iterator[Contender]:
    """Starts it on `cores`, and waits until its own processes listen and the URL is answered.

    Raises TargetError when it can't be started, ends, or isn't ready in time; UsageError for a
    command that is none.
    """
    port = free_port()
    found = parse_url(url.replace(PORT, str(port)))
    argv = argv_of(side, command.replace(PORT, str(port)))
    with Server(side, argv, folder, {}, cores) as server:
        deadline = time.monotonic() + timeout_s
        while not (accepts(found.port) and server.serves(found.port)):
            server.check_alive()
            if time.monotonic() > deadline:
                raise server.failure(
                    f"not ready after {timeout_s:g}s: nothing of it listens at port {found.port}"
                )
            pause(_POLL_S)
        yield Contender(side, server, found)


def argv_of(side: str, command: str) -> list[str]:
    """Raises UsageError for a command that is none."""
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--{side}", f"no command: {error}", "quotes that are closed") from None
    if not argv:
        raise UsageError(f"--{side}", "no command", f"'server --port {PORT}'")
    return [sys.executable if argv[0] == PYTHON else argv[0], *argv[1:]]
