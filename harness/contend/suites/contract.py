"""Workload contracts, workloads/<name>.toml: what is exchanged and how a response is checked."""

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec

from contend import _engine
from contend.durations import some_time_ns
from contend.errors import SuiteError
from contend.files.toml_file import read_toml, unknown_name
from contend.suites.http_words import check_header_name, check_request
from contend.suites.request_class import Match, RequestClass

HTTP, EVENTS = "http1", "event-stream"
# What a browser sends beside Host: one header alone flatters servers whose parsers are slow. A
# contract's own stand in their place.
COMMON_HEADERS = MappingProxyType(
    {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept": "application/json, text/html;q=0.9, */*;q=0.8",
        "Accept-Language": "en-GB,en;q=0.7,de;q=0.3",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Referer": "http://localhost/shop?page=2",
        "DNT": "1",
        "Sec-Fetch-Dest": "empty",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin",
    }
)
StoreWord = Literal["postgresql", "redis"]
Compared = Literal["database", "client"]


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
    expect_headers: dict[str, str] = {}  # what a response's fields begin with, in any case
    cookie_from: str | None = None  # the class whose response sets the cookie that this one sends
    body_times: int = 1  # the body is so many repetitions of `body`
    chunk_bytes: int = 0  # the body is sent in chunks of so many bytes; 0: whole, with its length
    expect_times: int = 1  # the response's body is so many repetitions of `expect_body`
    read_bytes_per_s: int = 0  # a response is read no faster; 0: as it comes
    pushed: bool = False  # the server sends these of itself, as events of a stream
    least_time: str | None = None  # a server that answers sooner didn't do what it was asked

    @property
    def sent_body(self) -> bytes:
        """Without chunks."""
        return self.body.encode() * self.body_times

    @property
    def expected(self) -> str | None:
        return None if self.expect_body is None else self.expect_body * self.expect_times

    @property
    def least_ns(self) -> int:
        return 0 if self.least_time is None else some_time_ns(self.least_time)

    @property
    def is_drawn(self) -> bool:
        """Whether each request has numbers of its own, in place of {id} and {n}."""
        return any(word in self.path + self.body for word in ("{id}", "{n}"))

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError("a weight must be above 0")
        check_request(self.method, self.path, self.headers, may_close=True)
        for name in self.expect_headers:
            check_header_name(name)
        if self.least_time is not None:
            some_time_ns(self.least_time)
        if min(self.body_times, self.expect_times) < 1:
            raise ValueError("body_times and expect_times must be at least 1")
        if min(self.chunk_bytes, self.read_bytes_per_s) < 0:
            raise ValueError("chunk_bytes and read_bytes_per_s must be at least 0")
        if self.expect_times > 1 and not self.expect_body:
            raise ValueError("expect_times repeats expect_body, and there is none")
        if (self.body_times > 1 or self.chunk_bytes) and not self.body:
            raise ValueError("body_times and chunk_bytes are of a body, and there is none")
        if self.is_drawn and (self.body_times, self.expect_times, self.chunk_bytes) != (1, 1, 0):
            raise ValueError("what is drawn can be neither repeated nor chunked")


class Contract(msgspec.Struct, frozen=True):
    title: str
    request: tuple[Exchange, ...] = ()
    claims: tuple[str, ...] = ()
    protocol: str = HTTP
    reject: tuple[Exchange, ...] = ()
    upstream: bool = False  # its servers ask another, which the harness starts
    protocol_options: dict[str, int] = {}
    # What of its servers must be of a kind for two of them to be compared.
    compared_by: Compared | None = None
    same_as: str | None = None  # the workload whose exchange it has
    store: StoreWord | None = None  # that its servers have instead of SQLite
    # Its servers burn CPU by a loop that each has calibrated: what it costs, and so the goodput, is
    # the workload's own, and compares nothing but calibrations.
    calibrated: bool = False

    def __post_init__(self) -> None:
        if self.same_as is not None and not self.request:
            return  # it is read with that workload's
        if not self.request:
            raise ValueError("a contract needs at least one [[request]]")
        if any(value < 0 for value in self.protocol_options.values()):
            raise ValueError("protocol_options are whole numbers from 0")
        pushed = [one.pushed for one in self.request]
        if (self.protocol == EVENTS) != any(pushed) or any(pushed[1:]) or all(pushed):
            raise ValueError(
                f"{EVENTS}, and it alone, has first a class that is pushed and then others"
            )

    @property
    def asked(self) -> tuple[Exchange, ...]:
        """What is asked for over HTTP, and can be asked for by anyone."""
        over_http = self.request if self.protocol in (HTTP, EVENTS) else ()
        return tuple(one for one in over_http if not one.pushed)

    @property
    def kind_key(self) -> str:
        """In Backend.kinds; nothing where all are of a kind."""
        if self.compared_by == "database" and self.store == "postgresql":
            return self.store
        return self.compared_by or ""

    @property
    def streams(self) -> int:
        """Connections that listen, beside those that ask."""
        return self.protocol_options.get("streams", 1) if self.protocol == EVENTS else 0


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
            headers=_headers(one),
            body=_framed_body(one),
            expect_status=one.expect_status,
            expect_body=_expected_body(one, bodies),
            is_drawn=one.is_drawn,
            read_bytes_per_s=one.read_bytes_per_s,
            pushed=one.pushed,
            cookies=cookies.get(one.name, ()),
        )
        for one in contract.request
    )


def _headers(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    headers = exchange.headers
    if exchange.chunk_bytes:
        headers = headers | {"Transfer-Encoding": "chunked"}
    return tuple(headers.items())


def _framed_body(exchange: Exchange) -> bytes:
    """In chunks where it goes so (RFC 9112, 7.1)."""
    body, size = exchange.sent_body, exchange.chunk_bytes
    if not size:
        return body
    chunks = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def _expected_body(exchange: Exchange, bodies: Mapping[str, bytes]) -> bytes | None:
    if exchange.expected is None:
        return None
    return exchange.expected.encode() if exchange.pushed else bodies.get(exchange.name)


def workload_names(workloads: Path) -> list[str]:
    return sorted(path.stem for path in workloads.glob("*.toml") if path.stem != "claims")


def read_contract(workloads: Path, name: str, asked_by: Path) -> Contract:
    """Raises SuiteError that lists the workloads there are when `name` is none of them."""
    if name not in workload_names(workloads):
        raise unknown_name(asked_by, "workloads", name, workload_names(workloads))
    return contract_in(workloads / f"{name}.toml", workloads)


def contract_in(path: Path, workloads: Path) -> Contract:
    """`workloads`: among which it may name one. Raises SuiteError for a contract that is wrong."""
    contract = read_toml(path, Contract)
    if contract.same_as is not None:
        return _on_another_store(workloads, path, contract)
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
    return _with_common_headers(contract)


def _with_common_headers(contract: Contract) -> Contract:
    """Of what is asked for over HTTP."""
    asked = contract.asked
    return msgspec.structs.replace(
        contract,
        request=tuple(_as_sent(one) if one in asked else one for one in contract.request),
        reject=tuple(map(_as_sent, contract.reject)),
    )


def _as_sent(exchange: Exchange) -> Exchange:
    own = {name.lower() for name in exchange.headers}
    common = {name: value for name, value in COMMON_HEADERS.items() if name.lower() not in own}
    return msgspec.structs.replace(exchange, headers=common | exchange.headers)


def contract_files(path: Path, workloads: Path, contract: Contract) -> list[Path]:
    """Those that say what it is."""
    return [path] if contract.same_as is None else [path, workloads / f"{contract.same_as}.toml"]


def _on_another_store(workloads: Path, path: Path, contract: Contract) -> Contract:
    """With the exchange of the workload that it names."""
    own = {name: getattr(contract, name) for name in ("title", "claims", "same_as", "store")}
    if contract != Contract(**own):
        raise SuiteError(str(path), "same_as: its exchange is that workload's", "same_as alone")
    assert contract.same_as is not None
    sibling = workloads / f"{contract.same_as}.toml"
    if sibling.is_file() and (further := read_toml(sibling, Contract).same_as) is not None:
        why = f"same_as: '{contract.same_as}' has its exchange from '{further}' itself"
        raise SuiteError(str(path), why, "the workload that states it")
    return msgspec.structs.replace(read_contract(workloads, contract.same_as, path), **own)


def _check_keys(path: Path, contract: Contract) -> None:
    """A key that its protocol has no use for must not seem to do something."""
    unused = ["reject"] if contract.reject and not contract.asked else []
    asked = contract.asked
    for exchange in contract.request:
        if exchange not in asked:
            used = ["name", "path", "headers", "expect_body", "pushed"]
            used += [] if exchange.pushed else ["weight", "body"]
            standard = Exchange(name="", path="/")
            unused += [
                f"request.{name}"
                for name in Exchange.__struct_fields__
                if name not in used and getattr(exchange, name) != getattr(standard, name)
            ]
    if unused:
        why = f"{unused[0]}: {contract.protocol} has no use for it"
        raise SuiteError(str(path), why, "without it")
