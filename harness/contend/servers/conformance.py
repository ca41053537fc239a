"""Whether a server answers as its workload's contract says: asked once of every launched target.

The bytes that it gave are what every response under load is compared with. Where a request has
numbers of its own, two are asked, and the body that they have in common is kept with {id} and {n}
in their places. What is not asked for over HTTP is verified by the engine itself, in a short trial
whose every response must be right.
"""

import html.parser
import http.client
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contend.durations import format_ns
from contend.errors import TargetError
from contend.suites.contract import Contract, Exchange

# Of each login a session; every connection under load has one of them.
SESSIONS = 8
# What a body's fields say that it is, where the contract compares it as such.
_CONTENT_TYPES = {"bytes": "", "json": "application/json", "html": "text/html"}
_EVENTS_TYPE = "text/event-stream"
_DRAWS = ({"{id}": "104729", "{n}": "619"}, {"{id}": "107011", "{n}": "853"})
_SHOWN_BYTES = 60
_PIECE_BYTES = 65536


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    cookies: tuple[str, ...] = ()  # that it set, as name=value
    # By names in lower case, each with all its lines.
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    took_ns: int | None = None  # from the request to its head


@dataclass(frozen=True)
class Verified:
    bodies: dict[str, bytes]  # that each class got, by class
    cookies: dict[str, tuple[str, ...]]  # that each class is to send, by class


Ask = Callable[[Exchange], Answer]


def verify(title: str, contract: Contract, ask: Ask) -> Verified:
    """Raises TargetError, naming the backend by `title`, at the first answer that isn't right."""
    for exchange in contract.reject:
        _check(title, exchange, ask(exchange))
    bodies: dict[str, bytes] = {}
    cookies: dict[str, tuple[str, ...]] = {}
    for exchange in contract.request:
        if exchange.pushed:
            _check_stream(title, contract, exchange, ask)
    for exchange in contract.asked:
        asked = exchange
        if exchange.cookie_from is not None:
            (source,) = (one for one in contract.request if one.name == exchange.cookie_from)
            cookies[exchange.name] = _sessions(title, source, ask)
            for cookie in cookies[exchange.name]:
                asked = _with_cookie(title, exchange, cookie)
                _body(title, asked, ask)
        bodies[exchange.name] = _body(title, asked, ask)
    return Verified(bodies, cookies)


def verify_conversation(
    title: str, contract: Contract, counts: Mapping[str, int]
) -> dict[str, bytes]:
    """Of a short trial, by its `counts` of each outcome: what each class is answered that is not
    asked for over HTTP. Raises TargetError, as verify()."""
    counted = {name: count for name, count in counts.items() if count}
    if list(counted) != ["ok"]:
        shown = ", ".join(f"{count} {outcome}" for outcome, count in counted.items()) or "nothing"
        raise TargetError(
            f"{title}: {contract.protocol} {contract.request[0].path}",
            f"its requests came to {shown}",
            "mending the server",
        )
    spoken = [one for one in contract.request if one not in contract.asked]
    return {one.name: (one.expect_body or one.body).encode() for one in spoken}


def matches(match: str, expected: str, body: bytes) -> bool:
    """Equality as the contract means it: of bytes, of parsed JSON, or of parsed HTML."""
    if match == "bytes":
        return body == expected.encode()
    try:
        text = body.decode()
        if match == "html":
            return _html_parts(text) == _html_parts(expected)
        return bool(json.loads(text) == json.loads(expected))
    except ValueError:
        return False


def asker(host: str, port: int, timeout_s: float) -> Ask:
    """Asks a server over connections of its own, one an exchange."""

    def ask(exchange: Exchange) -> Answer:
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        try:
            connection.connect()
            begin_ns = time.monotonic_ns()
            connection.request(
                exchange.method,
                exchange.path,
                _body_to_send(exchange),
                exchange.headers,
                encode_chunked=exchange.chunk_bytes > 0,
            )
            response = connection.getresponse()
            took_ns = time.monotonic_ns() - begin_ns
            set_cookies = response.headers.get_all("Set-Cookie", [])
            cookies = tuple(one.partition(";")[0].strip() for one in set_cookies)
            headers = _by_name(response.headers.items())
            # A stream has no end, and the body of a wrong answer may have none.
            is_wanted = response.status == exchange.expect_status and not exchange.pushed
            body = read_body(response, timeout_s) if is_wanted else b""
            return Answer(response.status, body, cookies, headers, took_ns)
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            raise TargetError(
                f"{exchange.method} {exchange.path}", f"no answer: {why}", "the server's log"
            ) from None
        finally:
            connection.close()

    return ask


def _by_name(fields: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Each line of a name, in the order in which they came."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in fields:
        found[name.lower()] = (*found.get(name.lower(), ()), value)
    return found


def read_body(response: http.client.HTTPResponse, timeout_s: float) -> bytes:
    """Raises TimeoutError for a body that goes on and on."""
    deadline = time.monotonic() + timeout_s
    pieces = []
    while piece := response.read1(_PIECE_BYTES):
        pieces.append(piece)
        if time.monotonic() > deadline:
            raise TimeoutError(f"its body has no end within {timeout_s:g}s")
    return b"".join(pieces)


def _body_to_send(exchange: Exchange) -> bytes | Iterator[bytes] | None:
    """In pieces where it is to be chunked."""
    body = exchange.sent_body
    if size := exchange.chunk_bytes:
        return (body[at : at + size] for at in range(0, len(body), size))
    return body if body or exchange.method == "POST" else None


def _body(title: str, exchange: Exchange, ask: Ask) -> bytes:
    if not exchange.is_drawn:
        answer = ask(exchange)
        _check(title, exchange, answer)
        return answer.body
    first, second = (_drawn_body(title, exchange, ask, numbers) for numbers in _DRAWS)
    if first != second:
        raise TargetError(
            f"{title}: {exchange.method} {exchange.path}",
            f"two answers differ in more than their numbers: {_shown(first)} and {_shown(second)}",
            "mending the server",
        )
    return first


def _drawn_body(title: str, exchange: Exchange, ask: Ask, numbers: dict[str, str]) -> bytes:
    """With {id} and {n} again where the numbers were."""
    asked = _numbered(exchange, numbers)
    answer = ask(asked)
    _check(title, asked, answer)
    body = answer.body
    for word, digits in numbers.items():
        body = body.replace(digits.encode(), word.encode())
    return body


def _numbered(exchange: Exchange, numbers: dict[str, str]) -> Exchange:
    if not exchange.is_drawn:
        return exchange
    return msgspec.structs.replace(
        exchange,
        path=_filled(exchange.path, numbers),
        body=_filled(exchange.body, numbers),
        expect_body=exchange.expect_body and _filled(exchange.expect_body, numbers),
    )


def _filled(text: str, numbers: dict[str, str]) -> str:
    for word, digits in numbers.items():
        text = text.replace(word, digits)
    return text


def _sessions(title: str, login: Exchange, ask: Ask) -> tuple[str, ...]:
    """The cookies of so many logins, which must differ."""
    found = []
    login = _numbered(login, _DRAWS[0])
    for _ in range(SESSIONS):
        answer = ask(login)
        _check(title, login, answer)
        found.append("; ".join(answer.cookies))
    if not all(found) or len(set(found)) < SESSIONS:
        raise TargetError(
            f"{title}: {login.method} {login.path}",
            f"{SESSIONS} logins gave {len(set(found) - {''})} cookies",
            "mending the server",
        )
    return tuple(found)


def _with_cookie(title: str, exchange: Exchange, cookie: str) -> Exchange:
    """Raises TargetError for a cookie that no client could send back."""
    try:
        return msgspec.structs.replace(exchange, headers=exchange.headers | {"Cookie": cookie})
    except ValueError as error:
        what = f"{title}: {exchange.method} {exchange.path}"
        raise TargetError(what, str(error), "mending the server") from None


def _check_stream(title: str, contract: Contract, exchange: Exchange, ask: Ask) -> None:
    """How it begins; what is pushed in it is verified by the engine."""
    interval_ms = str(contract.protocol_options.get("interval_ms", 1000))
    path = exchange.path.replace("{interval}", interval_ms)
    asked = msgspec.structs.replace(exchange, path=path)
    _check_head(title, asked, ask(asked), _EVENTS_TYPE)


def _check(title: str, exchange: Exchange, answer: Answer) -> None:
    expected = exchange.expected
    content_type = "" if expected is None else _CONTENT_TYPES[exchange.match]
    _check_head(title, exchange, answer, content_type)
    if expected is not None and not matches(exchange.match, expected, answer.body):
        raise TargetError(
            f"{title}: {exchange.method} {exchange.path}",
            f"body {_shown(answer.body)}, not {_shown(expected.encode())} as its contract says",
            "mending the server",
        )


def _check_head(title: str, exchange: Exchange, answer: Answer, content_type: str) -> None:
    what = f"{title}: {exchange.method} {exchange.path}"
    if answer.status != exchange.expect_status:
        raise TargetError(
            what,
            f"status {answer.status}, not {exchange.expect_status} as its contract says"
            f" of {exchange.name}",
            "mending the server",
        )
    if answer.took_ns is not None and answer.took_ns < exchange.least_ns:
        raise TargetError(
            what,
            f"answered after {format_ns(answer.took_ns)}, sooner than the {exchange.least_time} "
            "that its contract asks for",
            "mending the server",
        )
    wanted = {"Content-Type": content_type} if content_type else {}
    for name, value in (wanted | exchange.expect_headers).items():
        lines = answer.headers.get(name.lower(), ())
        # Lines of one name are a list as well (RFC 9110, 5.3), but for those of cookies.
        if not any(one.lower().startswith(value.lower()) for one in (*lines, ", ".join(lines))):
            said = ", ".join(map(repr, lines or ("no such field",)))
            why = f"{name}: {said}, not {value!r} as its contract says"
            raise TargetError(what, why, "mending the server")


def _shown(body: bytes) -> str:
    rest = f" and {len(body) - _SHOWN_BYTES} more bytes" if len(body) > _SHOWN_BYTES else ""
    return repr(body[:_SHOWN_BYTES].decode(errors="replace")) + rest


class _HtmlParts(html.parser.HTMLParser):
    """Tags and decoded text, without the white space that stands between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Any] = []

    def handle_decl(self, decl: str) -> None:
        self.parts.append(("!", decl.lower()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, sorted(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(("/", tag))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.parts.append(data.strip())


def _html_parts(text: str) -> list[Any]:
    parser = _HtmlParts()
    parser.feed(text)
    parser.close()
    return parser.parts
