"""A kind of request within a workload: what is sent, and what makes its response right."""

from dataclasses import dataclass
from typing import Literal

ANY_2XX = 0
Match = Literal["bytes", "json", "html"]  # when two bodies are the same


@dataclass(frozen=True)
class RequestClass:
    name: str
    weight: float = 1.0
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    expect_status: int = ANY_2XX
    expect_body: bytes | None = None
    is_drawn: bool = False  # {id} and {n} in path, body and expect_body differ by request
    cookies: tuple[str, ...] = ()  # each connection sends one of them
    read_bytes_per_s: int = 0  # a response is read no faster; 0: as it comes
    pushed: bool = False  # the server sends these of itself, to connections that listen
