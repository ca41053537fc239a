"""A need: what a server is wanted for, as flags, or a TOML file, say it."""

import math
from pathlib import Path
from typing import Literal

import msgspec

from contend.durations import S_NS, parse_duration_ns, some_time_ns
from contend.files.toml_file import read_toml

NONE, CHAT, EVENTS = "no", "chat", "events"
ANY = "any"


class Need(msgspec.Struct, frozen=True, kw_only=True):
    rate: float  # requests/s, at the busiest
    p99: str | None = None  # the objective, such as 50ms
    cpu: str = "0ms"  # of the handler's own work, a request
    wait: str = "0ms"  # for a database elsewhere or other services, a request
    connections: int = 64  # open at once
    real_time: Literal["no", "chat", "events"] = "no"
    language: Literal["any", "JavaScript", "Python"] = "any"  # that the team writes
    orm: bool = False
    sessions: bool = False
    cores: int | None = None  # at most

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError("rate must be above 0, requests a second")
        for name in ("cpu", "wait"):
            try:
                parse_duration_ns(getattr(self, name))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        if self.p99 is not None:
            try:
                some_time_ns(self.p99)
            except ValueError as error:
                raise ValueError(f"p99: {error}") from None
        if self.connections < 1:
            raise ValueError("connections must be at least 1")
        if self.cores is not None and self.cores < 1:
            raise ValueError("cores must be at least 1")

    @property
    def p99_ms(self) -> float | None:
        return None if self.p99 is None else some_time_ns(self.p99) / 1e6

    @property
    def cpu_s(self) -> float:
        return parse_duration_ns(self.cpu) / S_NS

    @property
    def wait_s(self) -> float:
        return parse_duration_ns(self.wait) / S_NS

    @property
    def at_once(self) -> float:
        """Requests that wait or compute at the same time, by Little's law."""
        return self.rate * (self.cpu_s + self.wait_s)


def read_need(path: Path) -> Need:
    """Raises SuiteError that names file and key for what is wrong."""
    return read_toml(path, Need)
