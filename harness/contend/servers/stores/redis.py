"""Redis, empty, and without persistence: what it holds ends with it."""

import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from contend.machine.ports import HOST, free_port
from contend.servers.server import Server
from contend.servers.stores.store import Pause, RunningStore, Store, wait_until

_TITLE = "Redis"
_ANSWER_TIMEOUT_S = 1.0


def _program() -> Path | None:
    found = shutil.which("redis-server")
    return Path(found) if found else None


@contextmanager
def _run(cores: Sequence[int], pause: Pause) -> Iterator[RunningStore]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="contend-redis-") as folder:
        argv = [str(_program()), "--bind", HOST, "--port", str(port), "--dir", folder]
        argv += ["--save", "", "--appendonly", "no"]
        with Server(_TITLE, argv, Path(folder), {}, cores) as server:
            wait_until(server, lambda: server.serves(port) and _answers(port), pause)
            yield RunningStore(server.pid, f"redis://{HOST}:{port}/0")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), _ANSWER_TIMEOUT_S) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64) == b"+PONG\r\n"
    except OSError:  # not yet
        return False


REDIS = Store(_TITLE, _program, _run)
