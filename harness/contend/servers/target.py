"""A target: a backend's server, started afresh, ready, and found to be right.

What it needs besides is made for it alone: a database or another store, and an upstream that it can
ask.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contend.durations import S_NS, parse_duration_ns
from contend.errors import TargetError
from contend.machine.ports import HOST, accepts, free_port
from contend.machine.processes import descendants
from contend.servers import database
from contend.servers.conformance import Verified, asker, verify, verify_conversation
from contend.servers.conversation import converse
from contend.servers.program import start_command, start_env
from contend.servers.server import Server
from contend.servers.stores import check_store, store_of
from contend.suites.backend import POOL, Backend, Place
from contend.suites.contract import HTTP, Contract, Exchange, StoreWord, request_classes
from contend.trials.spec import Asked

_POLL_S = 0.001  # about which a cold start is known
_ASK_TIMEOUT_S = 5.0
_LOG_BYTES = 2048

# What servers ask that have to ask another: it waits as long as its path says.
UPSTREAM = Backend(
    title="the upstream",
    language="C++",
    concurrency="epoll, one thread",
    style="baseline",
    start=("{contend}", "serve", "event-loop", "--port", "{port}"),
    workloads=(),
)

Pause = Callable[[float], None]


@dataclass(frozen=True)
class Started:
    """A server that is ready; nothing is known yet of what it answers."""

    server: Server
    port: int
    log: str  # what it said at its start
    cold_start_ns: int  # from its start to its first right answer
    beside_pid: int  # of what it asks in its turn, a store or an upstream; 0: it asks none

    @property
    def pid(self) -> int:
        return self.server.pid

    @property
    def pids(self) -> list[int]:
        """Its own, and those of what it started."""
        return [self.pid, *descendants(self.pid)]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def asked(self, verified: Verified, contract: Contract) -> Asked:
        """Every response is compared with the bytes that this target gave when it was verified."""
        return Asked(
            target=f"{self.url}{contract.request[0].path}",
            host_header=f"{HOST}:{self.port}",
            address=HOST,
            port=self.port,
            classes=request_classes(contract, verified.bodies, verified.cookies),
            protocol=contract.protocol,
            protocol_options=contract.protocol_options,
            server_pid=self.pid,
            beside_pid=self.beside_pid,
        )

    def verify(self, title: str, contract: Contract, pause: Pause = time.sleep) -> Verified:
        """Raises TargetError at the first answer that isn't as the contract has it."""
        found = verify(title, contract, asker(HOST, self.port, _ASK_TIMEOUT_S))
        if contract.protocol == HTTP:
            return found
        counts = converse(title, contract, HOST, self.port, found.bodies, pause)
        spoken = verify_conversation(title, contract, counts)
        return Verified(spoken | found.bodies, found.cookies)


@dataclass(frozen=True)
class Target(Started):
    """A launched, verified server."""

    asks: Asked
    bodies: dict[str, bytes]  # of each class's response


class Program(Protocol):
    """What can be launched as a target, afresh each time."""

    def launch(self, cores: Sequence[int], pause: Pause) -> AbstractContextManager[Target]:
        """Ready and verified. Raises TargetError; and what `pause` raises, which ends it."""


@contextmanager
def launch(
    backend: Backend,
    folder: Path,
    contract: Contract,
    cores: Sequence[int],
    pause: Pause = time.sleep,
) -> Iterator[Target]:
    """Starts a server on `cores`, waits until it is ready and checks that it keeps the contract.

    `pause(seconds)` passes the time between two looks; what it raises ends the launch. Raises
    TargetError when the server can't be started, isn't ready in time, or answers wrongly.
    """
    starting = start(backend, folder, cores, pause, contract.upstream, contract.store)
    with starting as started:
        found = started.verify(backend.title, contract, pause)
        asks = started.asked(found, contract)
        yield Target(**vars(started), asks=asks, bodies=found.bodies)


@dataclass(frozen=True)
class BackendProgram:
    """A backend on a workload."""

    backend: Backend
    folder: Path
    contract: Contract

    def launch(self, cores: Sequence[int], pause: Pause) -> AbstractContextManager[Target]:
        return launch(self.backend, self.folder, self.contract, cores, pause)


@contextmanager
def start(
    backend: Backend,
    folder: Path,
    cores: Sequence[int],
    pause: Pause = time.sleep,
    with_upstream: bool = False,
    store: StoreWord | None = None,
) -> Iterator[Started]:
    """As launch(), but for the contract. Without an upstream its address leads nowhere."""
    check_store(store)
    with ExitStack() as stack:
        upstream, beside_pid = f"http://{HOST}:{free_port()}", 0
        if with_upstream:
            found = stack.enter_context(start(UPSTREAM, Path.cwd(), cores, pause))
            upstream, beside_pid = found.url, found.pid
        urls: dict[str | None, str] = {}
        if (asked := store_of(store)) is not None:
            running = stack.enter_context(asked.run(cores, pause))
            urls[store], beside_pid = running.url, running.pid
        files = stack.enter_context(tempfile.TemporaryDirectory(prefix="contend-"))
        place = Place(
            port=free_port(),
            workers=len(cores),
            database=urls.get("postgresql", f"{files}/contend.sqlite"),
            upstream=upstream,
            redis=urls.get("redis", ""),
            pool=max(1, POOL // len(cores)) if backend.asks_for("workers") else POOL,
        )
        if backend.asks_for("database") and "postgresql" not in urls:
            database.create(Path(place.database))
        argv, env = start_command(backend, place), start_env(backend, place)
        server = stack.enter_context(Server(backend.title, argv, folder, env, cores))
        ready_ns = _wait_until_ready(server, backend, place.port, pause)
        cold_start_ns = ready_ns - server.started_ns
        yield Started(server, place.port, server.log[:_LOG_BYTES], cold_start_ns, beside_pid)


def _wait_until_ready(server: Server, backend: Backend, port: int, pause: Pause) -> int:
    """When it gave its first right answer, on the monotonic clock."""
    ready = Exchange(name="ready", path=backend.ready_path)
    timeout_s = parse_duration_ns(backend.ready_timeout) / S_NS
    deadline = time.monotonic() + timeout_s
    ask = asker(HOST, port, _ASK_TIMEOUT_S)
    why = ""
    while time.monotonic() < deadline:
        server.check_alive()
        if accepts(port):
            try:
                answer = ask(ready)
                answered_ns = time.monotonic_ns()
                why = f": status {answer.status}"
                # Whose answer it is takes longer to find out, and is asked last.
                if answer.status == ready.expect_status and server.serves(port):
                    return answered_ns
            except TargetError as error:
                why = f": {error.why}"
        pause(_POLL_S)
    where = f"GET {backend.ready_path} at port {port}"
    if not server.serves(port):
        why = ": nothing of it listens there"
    raise server.failure(f"not ready after {backend.ready_timeout}, {where}{why}")
