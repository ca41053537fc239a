"""Every option's bad values: one line on standard error, exit code 2, and nothing measured."""

import os
import re
import resource
from pathlib import Path

import pytest
from conftest import Contend, Serve
from contend.cli.output import check_writable
from contend.errors import StoreError
from fault_server import FaultServer, answering, response

HUGE = "9" * 30


@pytest.fixture
def server(serve: Serve) -> FaultServer:
    return serve(answering())


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--connections", ["0", "-1", "1.5", "many", HUGE]),
        ("--rate", ["0", "-1", "fast", "nan", "inf", "1e300", "5/m", HUGE]),
        ("--arrivals", ["uniform", "", "constant", "poisson"]),
        ("--duration", ["0s", "0", "-1s", "-1", "1 day", "9999h", "8h", HUGE + "s", HUGE]),
        ("--warmup", ["soon", "-1s", "9999h", HUGE]),
        ("--requests", ["0", "-1", "1.5", HUGE]),
        ("--think", ["5 5", "-1ms", "later"]),
        ("--seed", ["-1", "x", HUGE]),
        ("--method", ["", "G ET", "GET\n"]),
        ("--header", ["nothing", "A: b\r\nC: d", "Content-Length: 1", "Connection: close"]),
        ("--body", ["@/nonexistent/body"]),
        ("--request", ["GET", "0%:GET /", "5%:GET", HUGE + "%:GET /"]),
        ("--expect-status", ["99", "600", "ok", HUGE]),
        ("--expect-body", ["@/nonexistent/body"]),
        ("--timeout", ["0s", "0", "-1s"]),
        ("--deadline", ["0s", "0", "-1s"]),
        ("--connect-timeout", ["0s", "0", "-1s"]),
        ("--max-queue", ["0", "-1", HUGE]),
        ("--threads", ["0", "-1", "65", "9999", HUGE]),
        ("--pacing", ["nap", ""]),
        ("--pin", ["", "a", "9999", "0-" + HUGE]),
        ("--pid", ["0", "-1", "me", "4194305", HUGE]),
        ("--fail-if", ["", "p99", "p99>5", "p0>1s", "json.p99>1s", "errors>2", "goodput<fast"]),
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
        ("--request", "5%:GET /a", "--request", "GET /b"),
        ("--request", "GET /a", "--request", "GET /b", "--fail-if", "GET /c.p99>1s"),
        ("--pacing", "busy"),
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


@pytest.mark.parametrize(
    "options",
    [
        ("-d", "0.1", "--warmup", ".05"),
        ("-n", "4", "--warmup", "0", "--timeout", "5", "--connect-timeout", "5"),
        ("-n", "4", "--warmup", "0", "--deadline", "5", "--rate", "200/s"),
        ("-n", "4", "--warmup", "0", "--think", "0.001"),
    ],
)
def test_a_plain_number_is_a_time_in_seconds(
    server: FaultServer, load: Contend, options: tuple[str, ...]
) -> None:
    said = load(server.url, *options)
    assert said.code == 0
    assert said.document["requests"]["ok"] >= 4
    if "-d" in options:
        assert said.document["duration_ns"] == 100_000_000
        assert said.document["warmup_ns"] == 50_000_000


def test_without_a_url_there_is_nothing_to_do(contend: Contend) -> None:
    assert contend("load").code == 2


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("h2://127.0.0.1/", "HTTP/2 is not supported"),
        ("127.0.0.1:8080", "no http://, https:// or unix: URL"),
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


@pytest.mark.parametrize("option", ["--json", "--hgrm", "--hlog"])
@pytest.mark.parametrize(
    ("file", "why"),
    [("/nonexistent/result", "No such file or directory"), ("/", "Is a directory")],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_sent(
    server: FaultServer, contend: Contend, option: str, file: str, why: str
) -> None:
    said = contend("load", server.url, "-n", "5", "--warmup", "0s", option, file)
    assert (said.code, said.out) == (2, "")
    assert said.complaint == f"contend: {file}: can't be written: {why}; try another file"
    assert server.requests == []


def test_a_file_is_checked_without_making_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_writable(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").write_text("kept")
    check_writable(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "kept"
    allowed: dict[Path, bool] = {tmp_path: False, tmp_path / "old": False}
    monkeypatch.setattr(os, "access", lambda path, mode: allowed[path])
    for name in ("new", "old"):
        with pytest.raises(StoreError, match=f"{name}: can't be written: Permission denied"):
            check_writable(tmp_path / name)


def test_a_document_that_cannot_be_written_at_the_end_loses_no_summary(
    server: FaultServer, contend: Contend
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no /dev/full")
    said = contend("load", server.url, "-n", "5", "--warmup", "0s", "--json", "/dev/full")
    assert said.code == 2
    assert "(5 of 5 requests ok)" in said.out
    assert said.complaint.startswith("contend: /dev/full: can't be written: ")


# --- exit codes of what was measured ----------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "thresholds"),
    [
        (
            ("--max-p99", "1h", "--max-error-rate", "0"),
            0,
            [r"p99>1h  holds: .* [mµ]s", "errors>0  holds: 0%"],
        ),
        (("--max-p99", "1ns"), 1, [r"p99>1ns  BROKEN: .* [mµ]s"]),
        (("--fail-if", "mean > 1ns"), 1, [r"mean > 1ns  BROKEN: .* [mµ]s"]),
        (
            ("--fail-if", "goodput<1/s", "--fail-if", "max<1ns"),
            0,
            ["goodput<1/s  holds: .*/s", "max.*"],
        ),
        (("--fail-if", "p99.9>1h"), 3, ["p99.9>1h  not known: it needs 1,000 requests"]),
        (
            ("--fail-if", "p99.9>1h", "--fail-if", "p50>1ns"),
            3,
            ["p99.9>1h  not known: .*", "p50>1ns  BROKEN: .*"],
        ),
    ],
)
def test_the_exit_code_is_the_first_that_applies(
    server: FaultServer, load: Contend, options: tuple[str, ...], code: int, thresholds: list[str]
) -> None:
    said = load(server.url, "-n", "200", *options)
    assert said.code == code
    lines = [line for line in said.out.splitlines() if line.startswith("threshold")]
    for line, threshold in zip(lines, thresholds, strict=True):
        assert re.fullmatch(f"threshold       {threshold}", line), line
    assert said.err == ""


@pytest.mark.parametrize("most", ["0.99", "1"])
def test_a_wrong_url_comes_before_its_thresholds(
    server: FaultServer, load: Contend, most: str
) -> None:
    said = load(server.url, "-n", "50", "--expect-status", "201", "--max-error-rate", most)
    assert said.code == 2
    assert "every response was 200 OK; try another path or method" in said.complaint
    state = "holds" if most == "1" else "BROKEN"
    assert f"threshold       errors>{most}  {state}: 100%" in said.out


def test_a_threshold_of_a_class_is_of_its_requests(serve: Serve, load: Contend) -> None:
    def half_wrong(request: bytes) -> bytes:
        return response() if b"/right" in request else response(status="503 Busy")

    url = serve(answering(half_wrong)).url
    classes = ("--request", "GET /right", "--request", "GET /wrong")
    said = load(url, "-n", "100", *classes, "--fail-if", "GET /right.errors>0")
    assert (said.code, "holds: 0%" in said.out) == (0, True)
    said = load(url, "-n", "100", *classes, "--fail-if", "GET /wrong.errors>99%")
    assert (said.code, "BROKEN: 100%" in said.out) == (1, True)


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
        *("-n", "200", "--timeout", "20ms", "--max-p99", "1s"),
        *("--request", "90%:GET /quick", "--request", "10%:GET /never"),
    )
    assert said.document["requests"]["timeout"] > 0
    assert said.code == 1
    words = r"threshold       p99>1s  BROKEN: ≥.* ms, not known to be below: requests were given up"
    assert re.search(words, said.out)
