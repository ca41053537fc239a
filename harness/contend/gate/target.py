"""A side of a gate: started afresh by its command, and ready once it answers as is wanted."""

import http.client
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contend.errors import TargetError, UsageError
from contend.gate.settings import PORT, PYTHON
from contend.machine.ports import HOST, accepts, free_port
from contend.servers.conformance import read_body
from contend.servers.server import Server
from contend.servers.target import Pause, Target
from contend.suites.request_class import RequestClass
from contend.trials.address import parse_plain_url
from contend.trials.spec import Asked

_POLL_S = 0.005
_ASK_TIMEOUT_S = 5.0
_LOG_BYTES = 2048


@dataclass(frozen=True)
class CommandProgram:
    """A command in which {port} stands for a free one; `url` is what is asked for."""

    title: str
    command: str
    url: str
    folder: str
    classes: tuple[RequestClass, ...]
    ready_timeout_s: float = 10.0
    host: str | None = None  # in place of the URL's

    @contextmanager
    def launch(self, cores: Sequence[int], pause: Pause = time.sleep) -> Iterator[Target]:
        """Starts it on `cores`, and waits until its own processes listen and answer the first
        request. Raises TargetError when it can't be started, ends, or isn't ready in time;
        UsageError for a command that is none; and what `pause` raises."""
        port = free_port()
        found = parse_plain_url(self.url.replace(PORT, str(port)))
        argv = argv_of(self.title, self.command.replace(PORT, str(port)))
        with Server(self.title, argv, Path(self.folder), {}, cores) as server:
            asks = Asked(
                target=found.text,
                host_header=self.host or found.host_header,
                address=HOST,
                port=found.port,
                classes=self.classes,
                server_pid=server.pid,
            )
            ready_ns = self._wait_until_ready(server, asks, pause)
            yield Target(
                server=server,
                port=found.port,
                log=server.log[:_LOG_BYTES],
                cold_start_ns=ready_ns - server.started_ns,
                beside_pid=0,
                asks=asks,
                bodies={},
            )

    def _wait_until_ready(self, server: Server, asks: Asked, pause: Pause) -> int:
        """When it gave its first right answer, on the monotonic clock."""
        deadline = time.monotonic() + self.ready_timeout_s
        why = f"nothing of it listens at port {asks.port}"
        while True:
            server.check_alive()
            if accepts(asks.port) and server.serves(asks.port):
                try:
                    _ask(self.title, asks, self.classes[0])
                    return time.monotonic_ns()
                except TargetError as error:
                    why = f"{error.what}: {error.why}"
            if time.monotonic() > deadline:
                raise server.failure(f"not ready after {self.ready_timeout_s:g}s: {why}")
            pause(_POLL_S)


def body_of(target: Target, request: RequestClass) -> bytes:
    """What it answers to a request. Raises TargetError where nothing is answered in time, or with
    another status."""
    return _ask(target.server.title, target.asks, request)


def _ask(title: str, asks: Asked, request: RequestClass) -> bytes:
    what = f"{title}: {request.method} {request.path}"
    connection = http.client.HTTPConnection(asks.address, asks.port, timeout=_ASK_TIMEOUT_S)
    try:
        connection.putrequest(
            request.method, request.path, skip_host=True, skip_accept_encoding=True
        )
        connection.putheader("Host", asks.host_header)
        if request.body:
            connection.putheader("Content-Length", str(len(request.body)))
        for name, value in request.headers:  # each of them, a repeated one too
            connection.putheader(name, value)
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        if not _is_wanted(request, response.status):
            raise TargetError(what, f"status {response.status}", "its log")
        return read_body(response, _ASK_TIMEOUT_S)
    except (OSError, http.client.HTTPException) as error:
        why = f"no answer: {error or type(error).__name__}"
        raise TargetError(what, why, "its log") from None
    finally:
        connection.close()


def _is_wanted(request: RequestClass, status: int) -> bool:
    wanted = request.expect_status
    return status == wanted if wanted else 200 <= status <= 299


def argv_of(title: str, command: str) -> list[str]:
    """Raises UsageError for a command that is none."""
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--{title}", f"no command: {error}", "quotes that are closed") from None
    if not argv:
        raise UsageError(f"--{title}", "no command", f"'server --port {PORT}'")
    return [sys.executable if argv[0] == PYTHON else argv[0], *argv[1:]]
