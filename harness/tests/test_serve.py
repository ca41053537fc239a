"""`contend serve` as a suite uses it: a process that says where it listens, answers, and stops."""

import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest
from contend import _engine
from contend.cli import run

Complaint = Callable[..., str]

KINDS = [kind.name for kind in _engine.server_kinds()]
FULL_KINDS = [kind.name for kind in _engine.server_kinds() if kind.takes_handlers]
PATIENCE_S = 60


@dataclass(frozen=True)
class Served:
    process: subprocess.Popen[str]
    port: int

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.request("GET", path)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "contend", "serve", *arguments]


@contextmanager
def served(*arguments: str) -> Iterator[Served]:
    with subprocess.Popen(
        command(*arguments, "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening 127.0.0.1:"), process.communicate()
            yield Served(process, int(line.rpartition(":")[2]))
        finally:
            process.kill()


@pytest.fixture
def complaint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Complaint:
    """The one line of a command that can't be run."""

    def refuse(port: int) -> None:
        raise AssertionError(f"it serves on {port}")

    monkeypatch.setattr("contend.cli.serve._say_listening", refuse)
    monkeypatch.setattr("contend.cli.serve._allow_many_connections", lambda: None)

    def read(*arguments: str) -> str:
        assert run(("serve", *arguments)) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("contend: ") and captured.err.count("\n") == 1
        return captured.err.strip()

    return read


@pytest.mark.parametrize("kind", FULL_KINDS)
def test_it_meets_the_contracts_and_stops(kind: str) -> None:
    with served(kind, "--handler", "cpu=1ms,io=1ms", "--mix", "50%:cpu=10us") as server:
        assert server.get("/plaintext") == (200, "Hello, World!")
        assert server.get("/json") == (200, '{"message":"Hello, World!"}')
        assert server.get("/delay/10") == (200, "10")
        assert server.get("/cpu/20") == (200, "20")
        assert [server.get(path)[0] for path in ("/", "/class/0", "/class/1")] == [200] * 3
        for path in ("/nowhere", "/delay/abc", "/delay/-1", "/cpu/abc", "/class/2"):
            assert server.get(path)[0] == 404
        assert server.stop() == 0
        assert server.process.communicate() == ("", "")


def test_null_gives_its_one_reply_and_stops() -> None:
    with served("null") as server:
        assert server.get("/plaintext") == (200, "Hello, World!")
        assert server.get("/") == (200, "Hello, World!")
        assert server.get("/nowhere")[0] == 404
        assert server.stop() == 0


def test_the_oracle_replies_by_its_rules_and_tells_the_truth() -> None:
    with served("oracle", "--service", "bimodal(1ms,2ms,0.5)", "--servers", "3") as server:
        assert server.get("/") == (200, "ok")
        assert server.get(f"/at/{time.monotonic_ns():020}") == (200, "ok")
        assert server.get("/nowhere")[0] == 404
        assert server.stop() == 0
        assert server.process.communicate() == ("", "")


@pytest.mark.parametrize("kind", FULL_KINDS)
def test_a_busy_server_ends_at_a_signal(kind: str) -> None:
    with served(kind) as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /cpu/99999 HTTP/1.1\r\nHost: a\r\n\r\n")
        if kind != "event-loop":  # others are answered beside it: it is computing
            assert server.get("/plaintext")[0] == 200
        assert server.stop(signal.SIGINT) == 0
        client.settimeout(PATIENCE_S)
        with suppress(ConnectionResetError):  # the loop had not read it yet
            assert client.recv(1) == b""


def test_spinners_share_the_gil_that_is_real() -> None:
    with served("python-callable", "--spinners", "2", "--switch-interval", "1ms") as server:
        assert server.get("/plaintext") == (200, "Hello, World!")
        assert server.get("/cpu/1") == (200, "1")
        assert server.stop() == 0


def test_the_interpreter_gets_its_switch_interval_back() -> None:
    before = sys.getswitchinterval()
    during = []
    readable, writable = os.pipe()
    os.close(writable)  # so that it can be read at once: the server stops when it has started

    def note(port: int) -> None:
        during.append(sys.getswitchinterval())

    try:
        parameters = {"switch-interval": "20ms"}
        _engine.serve("python-callable", parameters, 0, [], note, readable, lambda cpu_ns: None)
    finally:
        os.close(readable)
    assert during == [pytest.approx(0.02)]
    assert sys.getswitchinterval() == pytest.approx(before)


def test_what_the_listener_is_told_may_fail() -> None:
    def refuse(port: int) -> None:
        raise LookupError(port)

    readable, writable = os.pipe()
    try:
        for kind in KINDS:
            compute = (lambda cpu_ns: None) if kind == "python-callable" else None
            with pytest.raises(LookupError):
                _engine.serve(kind, {}, 0, [], refuse, readable, compute)
    finally:
        os.close(readable)
        os.close(writable)


def test_an_unknown_kind_is_told_which_there_are(complaint: Complaint) -> None:
    line = complaint("node")
    assert "no server 'node'" in line
    assert all(kind in line for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_port_in_use_is_said(kind: str, complaint: Complaint) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = complaint(kind, "--port", str(port))
    assert f"127.0.0.1:{port}: Address already in use" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("event-loop", "--spinners", "1"), "has no such option: it has --pool, --keep-alive"),
        (("gil-threads", "--pool", "4"), "has no such option: it has --switch-interval"),
        (("null", "--seed", "4"), "has no such option: it has --backlog"),
        (("null", "--handler", "cpu=1ms"), "it runs no --handler"),
        (("event-loop", "--pool", "0"), "pool='0' is not a whole number from 1 to 1024"),
        (("event-loop", "--pool", ""), "pool='' is not a whole number"),
        (("event-loop", "--backlog", "0"), "backlog='0'"),
        (("gil-threads", "--switch-interval", "5"), "is not a duration"),
        (("gil-threads", "--seed", "-1"), "seed='-1'"),
        (("event-loop", "--handler", "cpu=2"), "handler 'cpu=2'"),
        (("event-loop", "--handler", ""), "handler ''"),
        (("event-loop", "--mix", "cpu=2ms"), "is no share"),
        (("event-loop", "--mix", "0%:cpu=2ms"), "is no share"),
        (("event-loop", "--mix", "5%:gpu=2ms"), "is no step"),
        (("event-loop", "--mix", "60%:cpu=1ms", "--mix", "50%:cpu=2ms"), "come to 110%"),
        (("event-loop", "--handler", "cpu=1ms", "--mix", "100%:cpu=2ms"), "leave nothing"),
        (("event-loop", "--port", "65536"), "above 65535"),
        (("event-loop", "--port", "x"), "--port"),
        (("event-loop", "--colour", "blue"), "--colour"),
        ((), "KIND"),
    ],
)
def test_what_does_not_fit_is_one_line(
    arguments: tuple[str, ...], said: str, complaint: Complaint
) -> None:
    assert said in complaint(*arguments)


def test_many_connections_are_allowed() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with served("event-loop") as server:
        limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        assert limits == (hard, hard)
        assert server.stop() == 0
