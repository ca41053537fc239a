"""Whether an answer is what its contract says."""

import itertools
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from contend.errors import TargetError
from contend.machine.ports import HOST
from contend.servers.conformance import (
    SESSIONS,
    Answer,
    asker,
    matches,
    verify,
    verify_conversation,
)
from contend.suites.contract import Contract, Exchange

CONTRACT = Contract(
    title="test",
    request=(
        Exchange(name="text", path="/text", expect_body="Hello"),
        Exchange(name="json", path="/json", match="json", expect_body='{"a":[1,2]}'),
    ),
    reject=(Exchange(name="unknown", path="/nowhere", expect_status=404),),
)
JSON = {"content-type": ("Application/JSON; charset=utf-8",)}
RIGHT = {
    "/text": Answer(200, b"Hello"),
    "/json": Answer(200, b'{"a": [1, 2]}\n', (), JSON),
    "/nowhere": Answer(404, b"Not Found"),
}

RIGHT_BODY_OF_NO_TYPE = Answer(200, b'{"a":[1,2]}')


def ask_with(**changed: Answer) -> dict[str, bytes]:
    answers = RIGHT | {f"/{path}": answer for path, answer in changed.items()}
    return verify("Server", CONTRACT, lambda exchange: answers[exchange.path]).bodies


def test_the_bytes_of_each_class_are_kept() -> None:
    assert ask_with() == {"text": b"Hello", "json": b'{"a": [1, 2]}\n'}


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("text", Answer(200, b"hello"), "body 'hello', not 'Hello'"),
        ("text", Answer(500, b"Hello"), "status 500, not 200"),
        ("json", Answer(200, b'{"a":[2,1]}', (), JSON), "as its contract says"),
        ("json", Answer(200, b"{", (), JSON), "as its contract says"),
        ("json", Answer(200, b"\xff", (), JSON), "as its contract says"),
        ("json", RIGHT_BODY_OF_NO_TYPE, "Content-Type: 'no such field', not 'application/json'"),
        ("nowhere", Answer(200, b"Not Found"), "status 200, not 404"),
    ],
)
def test_a_wrong_answer_is_named(path: str, answer: Answer, said: str) -> None:
    with pytest.raises(TargetError, match=f"Server: GET /{path}") as caught:
        ask_with(**{path: answer})
    assert said in str(caught.value)


def test_html_matches_after_decoding_entities() -> None:
    assert matches("html", "<p>&lt;b&gt; &#39;</p>", b"<p>&lt;b> &#x27;</p>")
    assert matches("html", "<ul><li>a</li></ul>", b"<ul>\n  <li>a</li>\n</ul>\n")
    assert not matches("html", "<p>a</p>", b"<p>b</p>")
    assert not matches("html", "<p>&lt;b&gt;</p>", b"<p><b></p>"), "what is not escaped is a tag"
    assert not matches("bytes", "a", b"a\n")


DRAWN = Contract(
    title="drawn",
    request=(
        Exchange(
            name="order",
            method="POST",
            path="/orders/{id}",
            body='{"n":{n}}',
            match="json",
            expect_body='{"id":{id},"n":{n}}',
        ),
    ),
)


def test_numbers_of_a_request_are_put_in_and_taken_out_again() -> None:
    asked = []

    def ask(exchange: Exchange) -> Answer:
        asked.append(exchange.path)
        n = json.loads(exchange.body)["n"]
        return Answer(200, f'{{"n": {n}, "id": {exchange.path[8:]}}}'.encode(), (), JSON)

    assert verify("Server", DRAWN, ask).bodies == {"order": b'{"n": {n}, "id": {id}}'}
    assert len(set(asked)) == 2


def test_answers_that_differ_in_more_than_their_numbers_are_named() -> None:
    served = itertools.count(1)

    def ask(exchange: Exchange) -> Answer:
        n = json.loads(exchange.body)["n"]
        spaces = " " * next(served)
        return Answer(200, f'{{"n":{spaces}{n}, "id": {exchange.path[8:]}}}'.encode(), (), JSON)

    with pytest.raises(TargetError, match="differ in more than their numbers"):
        verify("Server", DRAWN, ask)


SESSIONS_CONTRACT = Contract(
    title="sessions",
    request=(
        Exchange(name="login", method="POST", path="/login"),
        Exchange(name="me", path="/me", cookie_from="login", expect_body="ada"),
    ),
)


def session_server(cookie: Callable[[int], tuple[str, ...]]) -> Callable[[Exchange], Answer]:
    given: set[str] = set()

    def ask(exchange: Exchange) -> Answer:
        if exchange.path == "/login":
            cookies = cookie(len(given))
            given.update(cookies)
            return Answer(200, b"", cookies)
        known = exchange.headers.get("Cookie") in given
        return Answer(200, b"ada") if known else Answer(401, b"")

    return ask


def test_each_session_is_kept_and_tried() -> None:
    found = verify("Server", SESSIONS_CONTRACT, session_server(lambda n: (f"s={n}",)))
    assert list(found.cookies) == ["me"]
    assert len(set(found.cookies["me"])) == SESSIONS
    assert found.bodies == {"login": b"", "me": b"ada"}


@pytest.mark.parametrize(
    ("cookie", "said"),
    [(lambda n: (), "gave 0 cookies"), (lambda n: ("s=same",), "gave 1 cookies")],
)
def test_logins_that_give_no_session_are_named(
    cookie: Callable[[int], tuple[str, ...]], said: str
) -> None:
    with pytest.raises(TargetError, match=said):
        verify("Server", SESSIONS_CONTRACT, session_server(cookie))


CHAT = Contract(
    title="chat", protocol="chat", request=(Exchange(name="message", path="/ws", body="hi"),)
)


def test_a_conversation_is_right_when_all_of_it_is() -> None:
    assert verify_conversation("Server", CHAT, {"ok": 64, "timeout": 0}) == {"message": b"hi"}


def test_of_streams_what_is_asked_for_has_bodies_of_its_own() -> None:
    contract = Contract(
        title="events",
        protocol="event-stream",
        request=(
            Exchange(name="event", path="/events", expect_body="tick", pushed=True),
            Exchange(name="text", path="/text", expect_body="Hello"),
        ),
        reject=CONTRACT.reject,
    )
    stream = Answer(200, b"", (), {"content-type": ("text/event-stream",)})
    found = verify("Server", contract, lambda one: (RIGHT | {"/events": stream})[one.path])
    assert found.bodies == {"text": b"Hello"}
    with pytest.raises(TargetError, match="Content-Type: 'no such field', not 'text/event-stream'"):
        verify("Server", contract, lambda one: (RIGHT | {"/events": Answer(200, b"")})[one.path])
    assert verify_conversation("Server", contract, {"ok": 90}) == {"event": b"tick"}


def test_a_body_may_be_repeated_and_a_field_be_wanted() -> None:
    download = Exchange(
        name="download",
        path="/download",
        expect_body="ab",
        expect_times=1000,
        expect_headers={"Transfer-Encoding": "chunked"},
    )
    contract = Contract(title="bulk", request=(download,))
    chunked = {"transfer-encoding": ("Chunked",)}
    assert verify("Server", contract, lambda _: Answer(200, b"ab" * 1000, (), chunked))
    with pytest.raises(TargetError, match="body 'ab"):
        verify("Server", contract, lambda _: Answer(200, b"ab" * 999, (), chunked))
    with pytest.raises(TargetError, match="Transfer-Encoding: 'no such field', not 'chunked'"):
        verify("Server", contract, lambda _: Answer(200, b"ab" * 1000))


@pytest.mark.parametrize("outcome", ["timeout", "protocol", "validation", "connect"])
def test_a_message_that_is_lost_doubled_or_changed_is_named(outcome: str) -> None:
    with pytest.raises(TargetError, match=f"chat /ws: its requests came to 63 ok, 1 {outcome}"):
        verify_conversation("Server", CHAT, {"ok": 63, outcome: 1})


class Repeating(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        for name, value in (("Set-Cookie", "a=1; Path=/"), ("Vary", "Accept"), ("vary", "Origin")):
            self.send_header(name, value)
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_field_that_is_repeated_is_kept_whole() -> None:
    with ThreadingHTTPServer((HOST, 0), Repeating) as server:
        Thread(target=server.serve_forever).start()
        ask = asker(HOST, server.server_port, 5.0)

        def tried(expected: dict[str, str]) -> None:
            request = Exchange(name="a", path="/", expect_headers=expected)
            verify("Server", Contract(title="t", request=(request,)), ask)

        try:
            answer = ask(Exchange(name="a", path="/"))
            assert answer.headers["set-cookie"] == ("a=1; Path=/", "b=2")
            assert answer.headers["vary"] == ("Accept", "Origin")
            assert answer.cookies == ("a=1", "b=2")
            for right in ({"Set-Cookie": "a="}, {"Set-Cookie": "b="}, {"Vary": "accept, origin"}):
                tried(right)
            with pytest.raises(TargetError, match="Vary: 'Accept', 'Origin', not 'Cookie'"):
                tried({"Vary": "Cookie"})
        finally:
            server.shutdown()


def test_a_cookie_that_cannot_be_sent_back_is_named() -> None:
    with pytest.raises(TargetError, match="Server: GET /me: headers: Cookie: a character that"):
        verify("Server", SESSIONS_CONTRACT, session_server(lambda n: (f"s=ü{n}",)))


@pytest.mark.parametrize(("took_ms", "is_right"), [(9.9, False), (0.2, False), (10.0, True)])
def test_an_answer_that_comes_too_soon_is_named(took_ms: float, is_right: bool) -> None:
    delay = Exchange(name="delay", path="/delay/10", expect_body="10", least_time="10ms")
    contract = Contract(title="t", request=(delay,))
    answer = Answer(200, b"10", took_ns=round(took_ms * 1e6))
    if is_right:
        assert verify("Server", contract, lambda exchange: answer).bodies == {"delay": b"10"}
        return
    with pytest.raises(TargetError, match="sooner than the 10ms that its contract asks for"):
        verify("Server", contract, lambda exchange: answer)


def test_the_time_to_an_answer_is_measured() -> None:
    with ThreadingHTTPServer((HOST, 0), Repeating) as server:
        Thread(target=server.serve_forever).start()
        try:
            took_ns = asker(HOST, server.server_port, 5.0)(Exchange(name="a", path="/")).took_ns
            assert took_ns is not None and 0 < took_ns < 5_000_000_000
        finally:
            server.shutdown()
