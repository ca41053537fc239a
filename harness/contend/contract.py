"""Workload contracts, workloads/<name>.toml: what is exchanged and how a response is checked."""

import math
from pathlib import Path
from typing import Any, Literal

import msgspec

from contend import _engine
from contend.errors import SuiteError
from contend.toml_file import read_toml, unknown_name

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

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError("a weight must be above 0")
        if not self.path.startswith("/"):
            raise ValueError("a path must start with /")


class Contract(msgspec.Struct, frozen=True):
    title: str
    request: tuple[Exchange, ...]
    claims: tuple[str, ...] = ()
    protocol: str = "http1"
    reject: tuple[Exchange, ...] = ()
    protocol_options: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if not self.request:
            raise ValueError("a contract needs at least one [[request]]")


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
    protocols = [kind for kind, _ in _engine.protocol_kinds()]
    if contract.protocol not in protocols:
        why = f"protocol: no '{contract.protocol}'; there are {', '.join(protocols)}"
        raise SuiteError(str(path), why, protocols[0])
    if contract.protocol_options:
        why = f"protocol_options: {contract.protocol} has none"
        raise SuiteError(str(path), why, "without them")
    return contract
