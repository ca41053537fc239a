"""contend.toml in a user's repository: what its gate compares, and what it allows."""

import math
from pathlib import Path

import msgspec

from contend.durations import some_time_ns
from contend.errors import UsageError
from contend.files.toml_file import read_toml
from contend.gate.figures import with_deltas
from contend.suites.http_words import check_request
from contend.suites.request_class import Match, RequestClass

FILE = Path("contend.toml")


class ServerTable(msgspec.Struct, frozen=True):
    candidate: str
    url: str
    baseline: str | None = None  # as the candidate, where there is none
    baseline_ref: str | None = None  # a revision that the baseline is built from
    build: str | None = None
    ready_timeout: str = "10s"

    def __post_init__(self) -> None:
        some_time_ns(self.ready_timeout)


class GateTable(msgspec.Struct, frozen=True):
    delta: dict[str, str] = {}  # of a figure, such as p99 = "20%"
    max_time: str = "10m"
    rate: float | None = None
    connections: int = 16
    seed: int = 1

    def __post_init__(self) -> None:
        some_time_ns(self.max_time)
        with_deltas({name: parse_share(share) for name, share in self.delta.items()})
        if self.rate is not None and not 0 < self.rate < 1e7:
            raise ValueError("a rate must be above 0")
        if self.connections < 1 or self.seed < 0:
            raise ValueError("connections must be at least 1, and the seed at least 0")


class GateRequest(msgspec.Struct, frozen=True):
    """A class of requests: as in a contract, but for what is drawn, repeated or pushed."""

    name: str = msgspec.field(name="class")
    path: str
    weight: float = 1.0
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    expect_status: int = 200
    match: Match = "bytes"  # when two bodies are the same, as in a contract
    expect_body: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError("a weight must be above 0")
        check_request(self.method, self.path, self.headers)

    @property
    def request_class(self) -> RequestClass:
        return RequestClass(
            name=self.name,
            weight=self.weight,
            method=self.method,
            path=self.path,
            headers=tuple(self.headers.items()),
            body=self.body.encode(),
            expect_status=self.expect_status,
            expect_body=None if self.expect_body is None else self.expect_body.encode(),
        )


class Config(msgspec.Struct, frozen=True):
    server: ServerTable
    gate: GateTable = GateTable()
    request: tuple[GateRequest, ...] = ()


def read_config(path: Path) -> Config:
    """Raises UsageError for a file that isn't there, SuiteError for one that is wrong."""
    if not path.is_file():
        raise UsageError(str(path), "no such file", "contend init, or --candidate and --url")
    return read_toml(path, Config)


def parse_share(text: str) -> float:
    """`20%`. Raises ValueError that says what is allowed."""
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not text.endswith("%") or not 0 < share < 10:
        raise ValueError(f"'{text}' is no share: P%, such as 20%")
    return share
