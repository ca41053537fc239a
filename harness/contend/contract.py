"""Workload contracts, workloads/<name>.toml: what is exchanged and how a response is checked."""

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec

from contend import _engine
from contend.errors import SuiteError
from contend.request_class import RequestClass
from contend.toml_file import read_toml, unknown_name

HTTP = "http1"
Match = Literal["bytes", "json", "html"]


class Exchange(msgspec.Struct, frozen=True):
    """A request, and what makes its response right; without expect_body any body is."""

    name: str = msgspec.field(name="class")
    path: str
    weight: float = 1.0
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    expect_status: int = 200
    match: Match = "bytes"
    expect_body: str | None = None
    cookie_from: str | None = None  # the class whose response sets the cookie that this one sends

    @property
    def is_drawn(self) -> bool:
        """Whether each request has numbers of its own, in place of {id} and {n}."""
        return any(word in self.path + self.body for word in ("{id}", "{n}"))

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError("a weight must be above 0")
        if not self.path.startswith("/"):
            raise ValueError("a path must start with /")


class Contract(msgspec.Struct, frozen=True):
    title: str
    request: tuple[Exchange, ...]
    claims: tuple[str, ...] = ()
    protocol: str = HTTP
    reject: tuple[Exchange, ...] = ()
    upstream: bool = False  # its servers ask another, which the harness starts
    protocol_options: dict[str, int] = {}

    def __post_init__(self) -> None:
        if not self.request:
            raise ValueError("a contract needs at least one [[request]]")
        if any(value < 0 for value in self.protocol_options.values()):
            raise ValueError("protocol_options are whole numbers from 0")


def request_classes(
    contract: Contract,
    bodies: Mapping[str, bytes] = MappingProxyType({}),
    cookies: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> tuple[RequestClass, ...]:
    """What the engine is to send. With `bodies`, by class, a response is compared with those bytes
    wherever the contract says anything of its body."""
    return tuple(
        RequestClass(
            name=one.name,
            weight=one.weight,
            method=one.method,
            path=one.path,
            headers=tuple(one.headers.items()),
            body=one.body.encode(),
            expect_status=one.expect_status,
            expect_body=None if one.expect_body is None else bodies.get(one.name),
            is_drawn=one.is_drawn,
            cookies=cookies.get(one.name, ()),
        )
        for one in contract.request
    )


def workload_names(workloads: Path) -> list[str]:
    return sorted(path.stem for path in workloads.glob("*.toml") if path.stem != "claims")


def read_contract(workloads: Path, name: str, asked_by: Path) -> Contract:
    """Raises SuiteError that lists the workloads there are when `name` is none of them."""
    if name not in workload_names(workloads):
        raise unknown_name(asked_by, "workloads", name, workload_names(workloads))
    path = workloads / f"{name}.toml"
    contract = read_toml(path, Contract)
    names = [request.name for request in contract.request]
    if len(set(names)) < len(names):
        raise SuiteError(str(path), "request.class: two classes have one name", "two names")
    for request in contract.request:
        if request.cookie_from not in (None, *names):
            why = f"request.cookie_from: no class '{request.cookie_from}'"
            raise SuiteError(str(path), why, ", ".join(names))
    protocols = _engine.protocol_kinds()
    if contract.protocol not in protocols:
        why = f"protocol: no '{contract.protocol}'; there are {', '.join(protocols)}"
        raise SuiteError(str(path), why, HTTP)
    options = protocols[contract.protocol]
    if unknown := [name for name in contract.protocol_options if name not in options]:
        known = ", ".join(options) or "none"
        why = f"protocol_options: {contract.protocol} has no '{unknown[0]}'; there are {known}"
        raise SuiteError(str(path), why, "without it")
    _check_keys(path, contract)
    return contract


def _check_keys(path: Path, contract: Contract) -> None:
    """A key that its protocol has no use for must not seem to do something."""
    if contract.protocol == HTTP:
        return
    unused = ["reject"] if contract.reject else []
    standard = Exchange(name="", path="/")
    for name in ("method", "expect_status", "match", "cookie_from"):
        if any(getattr(one, name) != getattr(standard, name) for one in contract.request):
            unused.append(f"request.{name}")
    if unused:
        why = f"{unused[0]}: {contract.protocol} has no use for it"
        raise SuiteError(str(path), why, "without it")
