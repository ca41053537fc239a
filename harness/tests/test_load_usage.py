"""Every option's bad values: one line on standard error, exit code 2, and nothing measured."""

import re
import resource
from pathlib import Path

import pytest
from conftest import Contend, Serve
from fault_server import FaultServer, answering

HUGE = "9" * 30


@pytest.fixture
def server(serve: Serve) -> FaultServer:
    return serve(answering())


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--connections", ["0", "-1", "1.5", "many", HUGE]),
        ("--rate", ["0", "-1", "fast", "nan", "inf", "1e300", HUGE]),
        ("--arrivals", ["uniform", "", "constant", "poisson"]),
        ("--duration", ["0s", "10", "-1s", "1 day", "9999h", "8h", HUGE + "s"]),
        ("--warmup", ["1", "-1s", "9999h"]),
        ("--requests", ["0", "-1", "1.5", HUGE]),
        ("--think", ["5", "-1ms", "later"]),
        ("--seed", ["-1", "x", HUGE]),
        ("--method", ["", "G ET", "GET\n"]),
        ("--header", ["nothing", "A: b\r\nC: d", "Content-Length: 1"]),
        ("--body", ["@/nonexistent/body"]),
        ("--request", ["GET /", "0%:GET /", "5%:GET", HUGE + "%:GET /"]),
        ("--expect-status", ["99", "600", "ok", HUGE]),
        ("--expect-body", ["@/nonexistent/body"]),
        ("--timeout", ["0s", "5", "-1s"]),
        ("--deadline", ["0s", "5", "-1s"]),
        ("--connect-timeout", ["0s", "5", "-1s"]),
        ("--max-queue", ["0", "-1", HUGE]),
        ("--threads", ["0", "-1", "65", "9999", HUGE]),
        ("--pacing", ["nap", ""]),
        ("--pin", ["", "a", "9999", "0-" + HUGE]),
        ("--pid", ["0", "-1", "me", "4194305", HUGE]),
        ("--max-p99", ["0s", "5", "fast"]),
        ("--max-error-rate", ["-0.1", "1.1", "nan", "5%"]),
        ("--nonsense", ["1"]),
    ],
)
def test_a_bad_value_is_one_line_and_exit_code_2(
    server: FaultServer, contend: Contend, option: str, values: list[str]
) -> None:
    for value in values:
        said = contend("load", server.url, "-n", "1", f"{option}={value}")
        assert said.code == 2, value
        assert said.out == "", value
        assert re.search(r"[:;] .+; try .+", said.complaint), said.complaint
        if option != "--arrivals" or value not in ("constant", "poisson"):
            assert option in said.complaint, said.complaint
    assert server.requests == []
    assert server.connections == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--arrivals", "closed", "--rate", "5"),
        ("--rate", "5", "--think", "1ms"),
        ("--request", "5%:GET /", "--method", "GET"),
        ("--request", "5%:GET /", "--request", "6%:GET /"),
        ("--threads", "4", "--connections", "3"),
        ("--threads", "4", "--requests", "3"),
        ("http://127.0.0.1/",),
        ("--json",),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    server: FaultServer, contend: Contend, options: tuple[str, ...]
) -> None:
    said = contend("load", server.url, *options)
    assert (said.code, said.out) == (2, "")
    assert "; try " in said.complaint
    assert server.requests == []


def test_without_a_url_there_is_nothing_to_do(contend: Contend) -> None:
    assert contend("load").code == 2


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("https://127.0.0.1/", "https:// is not supported"),
        ("unix:/run/server.sock", "unix: is not supported"),
        ("h2://127.0.0.1/", "HTTP/2 is not supported"),
        ("127.0.0.1:8080", "no http:// URL"),
        ("http://no-such-name.invalid/", "no address for no-such-name.invalid"),
        ("http://192.0.2.1/", "192.0.2.1 is not on the loopback interface; try --allow-remote"),
    ],
)
def test_a_target_that_cannot_be_loaded_is_refused(contend: Contend, url: str, what: str) -> None:
    said = contend("load", url)
    assert (said.code, said.out) == (2, "")
    assert f"{url}: " in said.complaint
    assert what in said.complaint


def test_nothing_listening_is_an_error_of_the_set_up(server: FaultServer, contend: Contend) -> None:
    server.stop_listening()
    said = contend("load", server.url)
    assert (said.code, said.out) == (2, "")
    assert f"nothing listens at 127.0.0.1 port {server.port}: Connection refused" in said.complaint


def test_connections_without_open_files_for_them_are_refused(
    server: FaultServer, contend: Contend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    said = contend("load", server.url, "-c", "250")
    assert (said.code, said.out) == (2, "")
    assert "--connections: 250 need 330 open files, and 256 are allowed" in said.complaint


@pytest.mark.parametrize("file", ["/nonexistent/result.json", "/dev/full", "/"])
def test_a_document_that_cannot_be_written_loses_no_summary(
    server: FaultServer, contend: Contend, file: str
) -> None:
    if file == "/dev/full" and not Path(file).exists():
        pytest.skip("this machine has no /dev/full")
    said = contend("load", server.url, "-n", "5", "--warmup", "0s", "--json", file)
    assert said.code == 2
    assert "(5 of 5 requests ok)" in said.out
    assert said.complaint.startswith(f"contend: {file}: can't be written: ")


# --- exit codes of what was measured ----------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "threshold"),
    [
        (("--max-p99", "1h", "--max-error-rate", "0"), 0, None),
        (("--max-p99", "1ns"), 1, "p99 .* is above 1.00 ns"),
        (("--expect-status", "201", "--max-error-rate", "0.99"), 3, "error rate 1 is above 0.99"),
        (("--expect-status", "201", "--max-error-rate", "1"), 3, None),
    ],
)
def test_the_exit_code_is_the_first_that_applies(
    server: FaultServer, load: Contend, options: tuple[str, ...], code: int, threshold: str | None
) -> None:
    said = load(server.url, "-n", "50", *options)
    assert said.code == code
    lines = [line for line in said.out.splitlines() if line.startswith("threshold")]
    assert len(lines) == (threshold is not None)
    if threshold:
        assert re.fullmatch(rf"threshold     {threshold}", lines[0])
    assert said.err == ""


def test_a_share_of_failures_breaks_only_a_lower_threshold(serve: Serve, load: Contend) -> None:
    def half_wrong(request: bytes) -> bytes:
        status = b"200 OK" if b"/right" in request else b"503 Busy"
        return b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"

    server = serve(answering(half_wrong))
    classes = ("--request", "50%:GET /right", "--request", "50%:GET /wrong")
    assert load(server.url, "-n", "100", *classes, "--max-error-rate", "0.1").code == 1
    said = load(server.url, "-n", "100", *classes, "--max-error-rate", "0.9")
    assert said.code == 0
    wrong = said.document["classes"][1]
    assert wrong["requests"]["failed"]["status"] == wrong["requests"]["scheduled"] > 0


def test_what_was_shed_does_not_pass_for_fast(serve: Serve, load: Contend) -> None:
    """Given up after 20 ms, p99 is only known to be above that: no proof that it is below 1 s."""

    def script_of(request: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if b"/quick" in request else b""

    said = load(
        serve(answering(script_of)).url,
        *("-n", "60", "--timeout", "20ms", "--max-p99", "1s"),
        *("--request", "90%:GET /quick", "--request", "10%:GET /never"),
    )
    assert said.document["requests"]["timeout"] > 0
    assert said.code == 1
    assert re.search(r"threshold     p99 ≥.* ms is not known to be below 1.00 s", said.out)
