"""The virtual-time oracle as a target, and what it knows of a trial's requests afterwards.

A fresh process for each trial, as for any server; its log is fetched once the trial has ended.
"""

import http.client
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from contend.errors import TargetError
from contend.machine.ports import HOST
from contend.servers.target import Pause, Target, launch
from contend.suites.backend import Backend
from contend.suites.contract import Contract, Exchange

Times = NDArray[np.int64]

_TIMEOUT_S = 30.0
_LOG_COLUMNS = 4
_GAP_COLUMNS = 2


class OracleRules(msgspec.Struct, frozen=True):
    """A queue, as `contend serve oracle` is told of it."""

    service: str
    servers: int = 1
    limit: int = 0
    frozen: str = "0s"
    period: str = "1s"
    seed: int = 1

    @property
    def options(self) -> list[str]:
        given = {field: getattr(self, field) for field in self.__struct_fields__}
        return [word for name, value in given.items() for word in (f"--{name}", str(value))]


@dataclass(frozen=True)
class Truth:
    """A row a reply, in the order of the replies; times on the monotonic clock."""

    intended_ns: Times
    done_ns: Times  # 0: refused
    received_ns: Times
    replied_ns: Times
    gaps_ns: Times  # rows of begin and end: when the oracle was kept from polling


@contextmanager
def serve_oracle(
    rules: OracleRules, entries: int, cores: Sequence[int], pause: Pause
) -> Iterator[Target]:
    """`entries`: how many replies it is to remember. Raises TargetError, as launch() does."""
    options = (*rules.options, "--log", str(entries))
    with _serve("oracle", options, Exchange(name="all", path="/gaps"), cores, pause) as target:
        yield target


@contextmanager
def serve_null(cores: Sequence[int], pause: Pause) -> Iterator[Target]:
    with _serve("null", (), Exchange(name="all", path="/"), cores, pause) as target:
        yield target


@contextmanager
def _serve(
    kind: str, options: Sequence[str], asked: Exchange, cores: Sequence[int], pause: Pause
) -> Iterator[Target]:
    backend = Backend(
        title=f"contend serve {kind}",
        language="C++",
        concurrency="epoll, one thread",
        style="baseline",
        start=("{contend}", "serve", kind, "--port", "{port}", *options),
        workloads=(),
        ready_path=asked.path,
    )
    contract = Contract(title=kind, request=(asked,))
    with launch(backend, Path.cwd(), contract, cores, pause) as target:
        yield target


def fetch_truth(target: Target) -> Truth:
    """Raises TargetError when the oracle doesn't tell."""
    log = _fetch(target, "/log", _LOG_COLUMNS)
    return Truth(log[:, 0], log[:, 1], log[:, 2], log[:, 3], _fetch(target, "/gaps", _GAP_COLUMNS))


def _fetch(target: Target, path: str, columns: int) -> Times:
    connection = http.client.HTTPConnection(HOST, target.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        body = connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        why = str(error) or type(error).__name__
        raise TargetError(f"the oracle's {path}", f"no answer: {why}", "again") from None
    finally:
        connection.close()
    return np.frombuffer(body, dtype=np.int64).reshape(-1, columns)
