"""`contend load` as a process: its streams, its signals, its terminal."""

import itertools
import os
import pty
import signal
import subprocess
import threading
from io import FileIO
from pathlib import Path

import pytest
from conftest import FEW, Serve, contend_process, read_document, tolerant_process
from fault_server import Peer, Script, answering, response, silent

DEADLINE_S = 60.0  # of a test: far beyond what any of them takes
FOREVER = ("-d", "1h", "--warmup", "0s", "-c", "4")


def on_a_terminal(*arguments: str) -> tuple[subprocess.Popen[str], FileIO]:
    """The command with its standard error on a terminal, and what a person there would read."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = contend_process(*arguments, stderr=theirs, env=environment)
    os.close(theirs)
    return process, FileIO(ours)


def read_until(terminal: FileIO, words: bytes | None) -> bytes:
    """What is drawn up to `words`, or to the end of the command."""
    drawn = b""
    while words is None or words not in drawn:
        try:
            drawn += terminal.read(65536) or b""
        except OSError:  # how Linux says that the other end is closed
            assert words is None, drawn
            break
    return drawn


def counting(server_says: threading.Event, number: int, text: bytes = response()) -> Script:
    """Answers, and tells when it has heard `number` requests."""
    heard = itertools.count(1)

    def answer(request: bytes) -> bytes:
        if next(heard) == number:
            server_says.set()
        return text

    return answering(answer)


def test_the_document_alone_is_on_standard_output(serve: Serve) -> None:
    process = tolerant_process("load", serve(answering()).url, *FEW, "-n", "20", "--json", "-")
    out, err = process.communicate(timeout=DEADLINE_S)
    document = read_document(out)
    assert document["requests"]["ok"] == 20
    assert "(20 of 20 requests ok)" in err
    assert document["validity"] == {
        "verdict": "valid",
        "reasons": [],
        "brackets": {},
        "withheld": [],
    }
    assert process.returncode == 0


def test_a_pipe_gets_no_escape_codes_and_no_progress(serve: Serve) -> None:
    url = serve(answering()).url
    process = contend_process("load", url, "--rate", "200", "--warmup", "0s", "-d", "600ms")
    out, err = process.communicate(timeout=DEADLINE_S)
    assert "\x1b" not in out
    assert out.splitlines()[0] == f"{url}  at 127.0.0.1"
    assert err == ""


def test_a_terminal_gets_progress_that_goes_away(serve: Serve) -> None:
    url = serve(answering()).url
    process, terminal = on_a_terminal("load", url, "--rate", "200", "--warmup", "0s", "-d", "600ms")
    with terminal:
        drawn = read_until(terminal, None)
    out, _ = process.communicate(timeout=DEADLINE_S)
    assert b" responses" in drawn
    assert b" left" in drawn
    assert "\x1b" not in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_was_measured(
    serve: Serve, tmp_path: Path, number: signal.Signals
) -> None:
    running = threading.Event()
    server = serve(counting(running, 50))
    file = tmp_path / "result.json"
    process = contend_process("load", server.url, *FOREVER, "--json", str(file))
    assert running.wait(DEADLINE_S)
    process.send_signal(number)
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert err == ""
    assert ", interrupted" in out
    document = read_document(file.read_bytes())
    assert document["requests"]["ok"] >= 45
    assert 0 < document["duration_ns"] < 60 * 10**9


def test_an_interrupt_in_the_warm_up_has_measured_nothing(serve: Serve) -> None:
    running = threading.Event()
    server = serve(counting(running, 50))
    process = contend_process("load", server.url, "--warmup", "1h", "--json", "-")
    assert running.wait(DEADLINE_S)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    document = read_document(out)
    assert document["requests"]["scheduled"] == document["duration_ns"] == 0
    assert document["goodput_per_s"] is None
    assert document["validity"]["verdict"] == "inconclusive"
    assert "no request was made in the measured time" in err


def test_an_interrupt_comes_before_a_document_that_cannot_be_written(serve: Serve) -> None:
    running = threading.Event()
    server = serve(counting(running, 50))
    process = contend_process("load", server.url, *FOREVER, "--json", "/dev/full")
    assert running.wait(DEADLINE_S)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert ", interrupted" in out
    assert err.startswith("contend: /dev/full: can't be written: No space left on device; try ")


def test_an_interrupt_comes_before_a_wrong_url(serve: Serve) -> None:
    running = threading.Event()
    server = serve(counting(running, 50, response(status="404 Not Found")))
    process = contend_process("load", server.url, *FOREVER)
    assert running.wait(DEADLINE_S)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert "100%  (" in out
    assert err == ""


def test_a_second_interrupt_does_not_wait_for_the_drain(serve: Serve) -> None:
    """The first one waits for responses, here for an hour."""
    heard = threading.Event()

    def script(peer: Peer) -> None:
        if peer.request():
            heard.set()
            silent(peer)

    server = serve(script)
    process, terminal = on_a_terminal("load", server.url, *FOREVER, "--timeout", "1h")
    with terminal:
        assert heard.wait(DEADLINE_S)
        process.send_signal(signal.SIGINT)
        read_until(terminal, b"waiting for the last responses")
        process.send_signal(signal.SIGINT)
        end = read_until(terminal, None)
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert b"contend: interrupted: nothing was measured; try again" in end


@pytest.mark.parametrize("file", ["-", "result.json"])
def test_a_reader_that_goes_away_changes_no_exit_code(
    serve: Serve, tmp_path: Path, file: str
) -> None:
    """As in `contend load … | head -1`."""
    process = tolerant_process(
        *("load", serve(answering()).url, *FEW, "-n", "20", "--json", file), cwd=tmp_path
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    assert "contend: " not in err
    if file != "-":
        document = read_document((tmp_path / file).read_bytes())
        assert document["validity"]["verdict"] == "valid"


def test_a_reader_that_goes_away_hides_no_regression(serve: Serve) -> None:
    process = tolerant_process(
        *("load", serve(answering()).url, *FEW, "-n", "100", "--max-p99", "1ns", "--json", "-")
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "threshold       p99>1ns  BROKEN: " in err


@pytest.mark.parametrize("options", [(), ("--json", "-")])
def test_a_full_standard_output_is_one_line_and_exit_code_2(
    serve: Serve, options: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        process = contend_process(
            *("load", serve(answering()).url, *FEW, "-n", "20", *options), stdout=full
        )
        _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    complaint = "contend: standard output: can't be written: No space left on device; try "
    assert err.splitlines()[-1].startswith(complaint)
    assert len(err.splitlines()) == 1 or options


def test_where_only_ascii_may_be_written_the_summary_is_still_printed(serve: Serve) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = tolerant_process(
        *("load", serve(answering()).url, *FEW, "-n", "20", "--rate", "1000"), env=environment
    )
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    assert "(20 of 20 requests ok)" in out
    assert err == ""
