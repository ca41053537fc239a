"""Whether a server answers as its workload's contract says: asked once of every launched target.

The bytes that it gave are what every response under load is compared with.
"""

import html
import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass

from contend.contract import Contract, Exchange
from contend.errors import TargetError

_SHOWN_BYTES = 60


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


Ask = Callable[[Exchange], Answer]


def verify(title: str, contract: Contract, ask: Ask) -> dict[str, bytes]:
    """The body that each class of request got, by class.

    Raises TargetError, naming the backend by `title`, at the first answer that isn't right.
    """
    for exchange in contract.reject:
        _check(title, exchange, ask(exchange))
    bodies = {}
    for exchange in contract.request:
        answer = ask(exchange)
        _check(title, exchange, answer)
        bodies[exchange.name] = answer.body
    return bodies


def matches(match: str, expected: str, body: bytes) -> bool:
    """Equality as the contract means it: of bytes, of parsed JSON, or of decoded HTML."""
    if match == "bytes":
        return body == expected.encode()
    try:
        text = body.decode()
        if match == "html":
            return html.unescape(text) == html.unescape(expected)
        return bool(json.loads(text) == json.loads(expected))
    except ValueError:
        return False


def asker(host: str, port: int, timeout_s: float) -> Ask:
    """Asks a server over connections of its own, one an exchange."""

    def ask(exchange: Exchange) -> Answer:
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        try:
            connection.request(
                exchange.method, exchange.path, exchange.body or None, exchange.headers
            )
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            raise TargetError(
                f"{exchange.method} {exchange.path}", f"no answer: {why}", "the server's log"
            ) from None
        finally:
            connection.close()

    return ask


def _check(title: str, exchange: Exchange, answer: Answer) -> None:
    what = f"{title}: {exchange.method} {exchange.path}"
    if answer.status != exchange.expect_status:
        raise TargetError(
            what,
            f"status {answer.status}, not {exchange.expect_status} as its contract says",
            "mending the server",
        )
    expected = exchange.expect_body
    if expected is not None and not matches(exchange.match, expected, answer.body):
        raise TargetError(
            what,
            f"body {_shown(answer.body)}, not {_shown(expected.encode())} as its contract says",
            "mending the server",
        )


def _shown(body: bytes) -> str:
    rest = f" and {len(body) - _SHOWN_BYTES} more bytes" if len(body) > _SHOWN_BYTES else ""
    return repr(body[:_SHOWN_BYTES].decode(errors="replace")) + rest
