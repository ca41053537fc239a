"""URLs taken apart, looked up, refused; nothing off the loopback interface is connected to."""

import socket
from typing import Any

import pytest
from conftest import Serve
from contend.errors import TargetError, UsageError
from contend.trials.address import (
    Endpoint,
    Url,
    is_loopback,
    parse_plain_url,
    parse_url,
    reach,
    resolve,
)
from fault_server import answering


@pytest.mark.parametrize(
    ("text", "url", "host_header"),
    [
        ("http://127.0.0.1:8080/", Url("127.0.0.1", 8080, "/"), "127.0.0.1:8080"),
        ("http://localhost", Url("localhost", 80, "/"), "localhost"),
        ("HTTP://LocalHost:80/a/b", Url("localhost", 80, "/a/b"), "localhost"),
        ("http://[::1]:8080/x?q=1&r", Url("::1", 8080, "/x?q=1&r"), "[::1]:8080"),
        ("http://[::1]", Url("::1", 80, "/"), "[::1]"),
        ("http://a.example?q", Url("a.example", 80, "/?q"), "a.example"),
        ("http://a.example/%20#part", Url("a.example", 80, "/%20"), "a.example"),
        ("https://127.0.0.1/", Url("127.0.0.1", 443, "/", "https"), "127.0.0.1"),
        ("HTTPS://a.example:8443/x", Url("a.example", 8443, "/x", "https"), "a.example:8443"),
        ("https://a.example:80/", Url("a.example", 80, "/", "https"), "a.example:80"),
        ("unix:/run/a.sock", Url("localhost", 80, "/", "http", "/run/a.sock"), "localhost"),
        (
            "unix:///run/a.sock:/x?y",
            Url("localhost", 80, "/x?y", "http", "/run/a.sock"),
            "localhost",
        ),
    ],
)
def test_a_url_is_taken_apart(text: str, url: Url, host_header: str) -> None:
    assert parse_url(text) == url
    assert url.host_header == host_header
    assert parse_url(url.text) == url


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("wss://127.0.0.1/", "wss:// is not supported"),
        ("h2://127.0.0.1/", "HTTP/2 is not supported"),
        ("h2c://127.0.0.1/", "HTTP/2 is not supported"),
    ],
)
def test_what_is_not_built_yet_is_said_to_be_unsupported(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        parse_url(text)


@pytest.mark.parametrize("text", ["https://127.0.0.1/", "unix:/run/server.sock"])
def test_what_compares_servers_asks_plain_ones(text: str) -> None:
    with pytest.raises(UsageError, match="is not supported here"):
        parse_plain_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:8080",
        "localhost",
        "ftp://127.0.0.1/",
        "http:/127.0.0.1/",
        "http://",
        "http:///path",
        "http://:8080/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:http/",
        "http://[::1/",
        "http://[nonsense]/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\r\nX: y",
        "http://127.0.0.1/ü",
    ],
)
def test_what_is_no_url_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_url(text)
    assert "\n" not in str(refused.value)
    assert "; try " in str(refused.value)


def test_a_name_without_an_address_is_an_error_of_the_target() -> None:
    with pytest.raises(TargetError, match="no address for no-such-name"):
        resolve(Url("no-such-name.invalid", 80, "/"))
    with pytest.raises(TargetError, match="no address for"):
        resolve(Url("a" * 70 + ".example", 80, "/"))


def name_has(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """These addresses, in the resolver's order."""

    def getaddrinfo(host: str, port: int, **given: Any) -> list[tuple[Any, ...]]:
        families = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in hosts]
        return [(f, 1, 6, "", (h, port)) for f, h in zip(families, hosts, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def listening_at(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> list[str]:
    """Nothing else answers; what was asked, in order."""
    asked: list[str] = []

    def connect(where: tuple[str, int], timeout_s: float) -> socket.socket:
        asked.append(where[0])
        if where[0] not in hosts:
            raise ConnectionRefusedError(111, "Connection refused")
        return socket.socket()

    monkeypatch.setattr(socket, "create_connection", connect)
    return asked


def test_all_addresses_are_listed_once_in_the_resolvers_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name_has(monkeypatch, "::1", "127.0.0.1", "::1")
    assert resolve(Url("localhost", 80, "/")) == ("::1", "127.0.0.1")


@pytest.mark.parametrize(
    ("listening", "address", "asked"),
    [
        (("::1", "127.0.0.1"), "::1", ["::1"]),
        (("127.0.0.1",), "127.0.0.1", ["::1", "127.0.0.1"]),
        (("127.0.0.1", "127.0.0.2"), "127.0.0.1", ["::1", "127.0.0.1"]),
    ],
)
def test_the_first_address_at_which_something_listens_is_used(
    monkeypatch: pytest.MonkeyPatch, listening: tuple[str, ...], address: str, asked: list[str]
) -> None:
    addresses = ("::1", "127.0.0.1", "127.0.0.2")
    name_has(monkeypatch, *addresses)
    tried = listening_at(monkeypatch, *listening)
    found = reach(Url("localhost", 81, "/"), 10**9, allow_remote=False)
    assert found == Endpoint(address, addresses, 81)
    assert tried == asked


def test_where_none_of_them_listens_each_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    name_has(monkeypatch, "::1", "127.0.0.1")
    assert listening_at(monkeypatch) == []
    with pytest.raises(TargetError) as told:
        reach(Url("localhost", 81, "/"), 10**9, allow_remote=False)
    assert (
        "nothing listens at ::1 port 81: Connection refused, nor at 127.0.0.1 port 81: "
        "Connection refused; try to start the server first"
    ) in str(told.value)


def test_a_name_is_reached_where_it_may_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No packet goes to its other addresses."""
    addresses = ("192.0.2.1", "127.0.0.1")
    name_has(monkeypatch, *addresses)
    tried = listening_at(monkeypatch, *addresses)
    url = Url("both.example", 81, "/")
    assert reach(url, 10**9, allow_remote=False) == Endpoint("127.0.0.1", addresses, 81)
    assert tried == ["127.0.0.1"]
    assert reach(url, 10**9, allow_remote=True) == Endpoint("192.0.2.1", addresses, 81)
    assert tried == ["127.0.0.1", "192.0.2.1"]


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("127.0.0.1", True),
        ("127.255.0.1", True),
        ("::1", True),
        ("192.0.2.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("fe80::1%lo", False),
    ],
)
def test_loopback_is_told_by_the_address(host: str, is_one: bool) -> None:
    assert is_loopback(host) is is_one


def test_a_remote_target_is_refused_before_any_packet(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*given: Any, **more: Any) -> None:
        raise AssertionError("it was connected to")

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 is not on the loopback"):
        reach(parse_url("http://192.0.2.1/"), 10**9, allow_remote=False)


def test_a_remote_target_is_reached_when_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = listening_at(monkeypatch, "192.0.2.1")
    endpoint = reach(parse_url("http://192.0.2.1:81/"), 10**9, allow_remote=True)
    assert endpoint == Endpoint("192.0.2.1", ("192.0.2.1",), 81)
    assert asked == ["192.0.2.1"]


def test_nothing_listening_is_said_before_anything_is_measured(serve: Serve) -> None:
    server = serve(answering())
    url = parse_url(server.url)
    assert reach(url, 10**9, allow_remote=False) == Endpoint(
        "127.0.0.1", ("127.0.0.1",), server.port
    )
    server.stop_listening()
    with pytest.raises(TargetError, match=f"nothing listens at 127.0.0.1 port {server.port}"):
        reach(url, 10**9, allow_remote=False)


def test_a_connection_that_is_reset_at_once_shows_a_listener(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def connect(where: tuple[str, int], timeout_s: float) -> None:
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr(socket, "create_connection", connect)
    endpoint = reach(parse_url("http://127.0.0.1:81/"), 10**9, allow_remote=False)
    assert endpoint.port == 81


def test_no_answer_in_time_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(where: tuple[str, int], timeout_s: float) -> None:
        assert timeout_s == 0.25
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(TargetError, match="no answer in time"):
        reach(parse_url("http://127.0.0.1/"), 250_000_000, allow_remote=False)
