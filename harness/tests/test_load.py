"""`contend load` against servers that are right, wrong, slow or gone: what is counted as what."""

import itertools
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from anything_goes import ANYTHING_GOES
from conftest import FEW, Contend, Serve, read_document
from fault_server import Peer, Script, answering, reset_at_accept, response, silent
from faults import FAULTS, answers_too_late, no_http, one_byte_at_a_time
from msgspec.structs import replace

MS = 1_000_000


def cells(row: str) -> list[str]:
    """The figures of a row of the summary, behind its label."""
    figures = row[16:]
    return [figures[at : at + 8].strip() for at in range(0, len(figures), 8)]


def open_sockets_to(port: int) -> int:
    """Those that a process still holds: a closed one, that the kernel keeps, has no inode."""
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[2].partition(":")[2], 16) == port and row[9] != "0" for row in rows)


def paths_of(requests: list[bytes]) -> Counter[str]:
    return Counter(request.split(b" ")[1].decode() for request in requests)


# --- right servers --------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
def test_n_requests_are_n_requests(serve: Serve, load: Contend, threads: int) -> None:
    server = serve(answering())
    said = load(server.url, "-n", "101", "-t", str(threads))
    assert said.code == 0
    assert len(server.requests) == 101
    assert said.document["requests"]["ok"] == said.document["requests"]["scheduled"] == 101
    assert said.document["latency"]["count"] == said.document["service_time"]["count"] == 101
    assert said.document["connections_opened"] == 4
    assert said.document["bytes_received"] >= 101 * len(response())
    assert "(101 of 101 requests ok)" in said.out


def test_warm_up_is_no_part_of_the_count(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    said = load(server.url, "-n", "20", "--warmup", "50ms")
    assert said.document["requests"]["scheduled"] == 20
    assert said.document["warmup_ns"] == 50 * MS
    assert len(server.requests) > 20


def test_what_is_sent_is_what_was_asked_for(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    said = load(server.url + "x?y=1", *("-n", "1", "-X", "PUT", "-b", "data", "-H", "X-One: 1"))
    assert said.code == 0
    (sent,) = server.requests
    head, _, body = sent.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    assert line == b"PUT /x?y=1 HTTP/1.1"
    assert sorted(headers) == [
        b"Content-Length: 4",
        f"Host: 127.0.0.1:{server.port}".encode(),
        b"X-One: 1",
    ]
    assert body == b"data"


def test_a_class_is_sent_its_own_headers_and_body(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    said = load(
        server.url,
        *("-n", "4", "--request", "GET /a", "--request", "POST /b"),
        *("-H", "X-All: 1", "-H", "GET /a=X-Get: 2", "-b", "all", "-b", "POST /b=posted"),
    )
    assert said.code == 0
    assert [one["share"] for one in said.document["classes"]] == [0.5, 0.5]
    heads = {request.split(b" ")[1]: request.partition(b"\r\n\r\n") for request in server.requests}
    head, _, body = heads[b"/a"]
    assert (b"X-All: 1" in head, b"X-Get: 2" in head, body) == (True, True, b"")
    head, _, body = heads[b"/b"]
    assert (b"X-All: 1" in head, b"X-Get: 2" in head, body) == (True, False, b"posted")


def test_a_name_is_loaded_at_an_address_where_something_listens(
    serve: Serve, load: Contend
) -> None:
    """Whichever of them its resolver gives first."""
    port = serve(answering()).port
    said = load(f"http://localhost:{port}/", "-n", "10")
    assert said.code == 0
    assert said.document["requests"]["ok"] == 10
    assert said.out.startswith(f"http://localhost:{port}/  at 127.0.0.1")


def test_a_response_that_nobody_asked_for_is_counted_and_costs_its_connection(
    serve: Serve, load: Contend
) -> None:
    """The one before it was right, and the next request doesn't get it for its own."""
    said = load(
        serve(answering(response() + response(b"ho"))).url, "-n", "12", "--expect-body", "hi"
    )
    requests = said.document["requests"]
    assert (requests["ok"], requests["resent"]) == (12, 0)
    assert said.document["unasked_responses"] == 12
    assert said.document["connections_opened"] >= 12
    assert (
        "unasked         12 responses that nobody asked for: each ended its connection" in said.out
    )


# --- a connection for each request ------------------------------------------------------------


def test_without_keep_alive_each_request_has_a_connection_of_its_own(
    serve: Serve, load: Contend
) -> None:
    server = serve(answering())
    said = load(server.url, "-n", "20", "--no-keep-alive")
    assert said.code == 0
    assert said.document["requests"]["ok"] == said.document["connections_opened"] == 20
    assert server.connections == 21  # with the one that asks whether something listens
    assert all(b"\r\nConnection: close\r\n" in request for request in server.requests)
    assert said.document["keep_alive"] is False
    assert "4 connections, one a request; " in said.out


def test_with_keep_alive_connections_are_used_again(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    said = load(server.url, "-n", "20")
    assert said.document["keep_alive"] is True
    assert said.document["connections_opened"] == 4
    assert not any(b"Connection: close" in request for request in server.requests)


@pytest.mark.parametrize("options", [(), ("--rate", "400"), ("-c", "1"), ("-t", "2")])
def test_connections_that_are_used_once_lose_no_request(
    serve: Serve, load: Contend, options: tuple[str, ...]
) -> None:
    server = serve(answering())
    said = load(server.url, "-n", "60", "--no-keep-alive", *options)
    requests = said.document["requests"]
    assert (requests["ok"], requests["resent"]) == (60, 0)
    assert len(server.requests) == said.document["connections_opened"] == 60


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\n\r\n"


@pytest.mark.parametrize("text", [response(), CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED])
def test_every_kind_of_body_is_read_and_compared(
    serve: Serve, load: Contend, tmp_path: Path, text: bytes
) -> None:
    server = serve(answering(text))
    right = tmp_path / "right"
    right.write_bytes(b"hi")
    assert load(server.url, "-n", "20", "--expect-body", f"@{right}").code == 0
    said = load(server.url, "-n", "20", "--expect-body", "ho")
    assert said.document["requests"]["failed"]["validation"] == 20


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nX: y\r\n\r\n"])
def test_a_body_may_end_with_its_connection(serve: Serve, load: Contend, head: bytes) -> None:
    def script(peer: Peer) -> None:
        if peer.request():
            peer.send(head + b"h")
            peer.send(b"i")
            peer.shut()
            peer.wait_for_end()

    server = serve(script)
    said = load(server.url, "-n", "12", "--expect-body", "hi")
    assert said.document["requests"]["ok"] == 12
    assert said.document["connections_opened"] >= 12


def test_a_target_at_ipv6_loopback_works(serve: Serve, load: Contend) -> None:
    try:
        server = serve(answering(), host="::1")
    except OSError:
        pytest.skip("this machine has no ::1")
    said = load(server.url, "-n", "10")
    assert said.document["requests"]["ok"] == 10
    assert said.document["target"] == server.url
    assert f"Host: [::1]:{server.port}".encode() in server.requests[0]


def test_classes_come_in_their_exact_shares(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    classes = ("--request", "75%:GET /a", "--request", "25%:DELETE /b")
    said = load(server.url, "-n", "400", *classes, "--seed", "7")
    first, second = said.document["classes"]
    assert (first["name"], first["share"]) == ("GET /a", 0.75)
    assert (second["name"], second["share"]) == ("DELETE /b", 0.25)
    assert (first["requests"]["scheduled"], second["requests"]["scheduled"]) == (300, 100)
    assert paths_of(server.requests) == {"/a": 300, "/b": 100}
    assert first["latency"]["count"] == first["service_time"]["count"] == 300
    for name in ("GET /a", "DELETE /b"):
        assert name in said.out


def test_the_order_of_classes_is_the_seeds(serve: Serve, load: Contend) -> None:
    def order_of(seed: str) -> list[bytes]:
        server = serve(answering())
        classes = ("--request", "75%:GET /a", "--request", "25%:GET /b")
        load(server.url, "-c", "1", "-n", "100", *classes, "--seed", seed)
        return [request.split(b" ")[1] for request in server.requests]

    first = order_of("7")
    assert order_of("7") == first != order_of("8")


def test_a_thinking_user_waits_after_each_response(serve: Serve, load: Contend) -> None:
    said = load(serve(answering()).url, "-c", "1", "-n", "5", "--think", "20ms")
    assert said.document["requests"]["ok"] == 5
    assert said.document["duration_ns"] >= 4 * 20 * MS


def test_constant_arrivals_come_at_their_rate(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    said = load(server.url, "--rate", "100", "-d", "300ms")
    assert said.code == 0
    assert said.document["arrivals"] == {"kind": "constant", "rate_per_s": 100.0, "seed": 1}
    assert said.document["requests"]["scheduled"] in (30, 31)
    assert said.document["duration_ns"] == 300 * MS
    assert said.document["send_lag"]["count"] == said.document["requests"]["scheduled"]


def test_poisson_arrivals_are_the_same_for_the_same_seed(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    counts = [
        load(
            server.url, "--rate", "500", "--arrivals", "poisson", "-d", "200ms", "--seed", seed
        ).document["requests"]["scheduled"]
        for seed in ("3", "3", "4", "5")
    ]
    assert counts[0] == counts[1]
    assert len(set(counts)) > 1
    assert all(60 <= count <= 140 for count in counts)  # four standard deviations


@pytest.mark.parametrize("pacing", ["auto", "sleep", "spin", "busy"])
def test_every_pacing_sends_all(serve: Serve, load: Contend, pacing: str) -> None:
    core = str(min(os.sched_getaffinity(0)))
    said = load(
        serve(answering()).url, "--rate", "400", "-n", "20", "--pacing", pacing, "--pin", core
    )
    assert said.document["requests"]["ok"] == 20
    assert said.document["pacing"] == pacing
    window_ns = said.document["generator"]["poll_window_ns"]
    (row,) = (line for line in said.out.splitlines() if line.startswith("pacing "))
    assert row.startswith(f"pacing          {pacing}: ")
    if pacing != "auto":  # which has the window that the machine needs
        assert window_ns == {"sleep": 0, "spin": 60_000, "busy": None}[pacing]


def test_a_closed_loop_has_no_pacing(serve: Serve, load: Contend) -> None:
    said = load(serve(answering()).url, "-n", "20")
    assert said.document["pacing"] == "auto"
    assert said.document["generator"]["poll_window_ns"] == 0
    assert "pacing" not in said.out


def test_the_server_process_is_sampled(serve: Serve, load: Contend) -> None:
    said = load(serve(answering()).url, "-d", "200ms", "--pid", str(os.getpid()))
    server = said.document["server"]
    assert server["cpu_ns"] > 0
    assert server["max_rss_bytes"] > 2**20
    assert server["max_threads"] >= 2
    assert "\nserver " in said.out


def test_a_sampled_process_may_end_before_the_trial(serve: Serve, load: Contend) -> None:
    sampled = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    def end_it(request: bytes) -> bytes:
        sampled.kill()
        return response()

    said = load(serve(answering(end_it)).url, "-d", "100ms", "--pid", str(sampled.pid))
    sampled.communicate()
    assert said.document["requests"]["ok"] > 0


# --- wrong servers --------------------------------------------------------------------------


# But for the reset at accept: whether the pool or a request meets it is chance, and it has a test
# of its own below.
COUNTED_ONLY = [
    name
    for name, fault in FAULTS.items()
    if fault.cause not in ("ok", "timeout") and name != "reset at accept"
]


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_leaves_a_socket_open(serve: Serve, load: Contend, name: str) -> None:
    """scripts/bench million_faults looks at memory too."""
    server = serve(FAULTS[name].script)
    said = load(server.url, "-n", "40", "--timeout", "30ms")
    assert said.document["requests"]["scheduled"] == 40
    assert open_sockets_to(server.port) == 0


@pytest.mark.parametrize("name", COUNTED_ONLY)
def test_what_is_wrong_is_counted_by_its_cause(serve: Serve, load: Contend, name: str) -> None:
    cause = FAULTS[name].cause
    expected = ("--expect-body", "hi") if cause == "validation" else ()
    said = load(serve(FAULTS[name].script).url, "-n", "12", *expected)
    requests = said.document["requests"]
    assert requests["failed"] == {
        **dict.fromkeys(("connect", "reset", "protocol", "status", "validation"), 0),
        cause: 12,
    }
    assert said.document["latency"]["count"] == 0
    assert said.document["latency"]["p50_ns"] is None
    words = f"no response of 12 requests was right: 12 {cause}"
    assert said.document["validity"] == {
        "verdict": "inconclusive",
        "reasons": [{"code": "no-answer", "words": words}],
        "brackets": {},
        "withheld": [],
    }
    only_status = cause == "status"
    assert said.code == (2 if only_status else 3)
    assert f"100%  (12 {'status 500' if only_status else cause})" in said.out


def test_a_trial_is_judged_by_the_limits_that_are_given(serve: Serve, contend: Contend) -> None:
    """No machine keeps within these; only the caller of the program can give others."""
    words = ("load", serve(answering()).url, *FEW, "-n", "12", "--json", "-")
    said = contend(*words, limits=replace(ANYTHING_GOES, stolen_share=-1.0))
    assert said.code == 3
    (reason,) = read_document(said.out)["validity"]["reasons"]
    assert reason["code"] == "stolen-time"
    assert reason["words"].endswith("stolen by its host, more than -100%")


def test_a_wrong_url_is_an_error_of_the_target(serve: Serve, load: Contend) -> None:
    """Its summary and its document are there all the same."""
    url = serve(answering(response(status="404 Not Found"))).url
    said = load(url, "-n", "12")
    assert said.document["requests"]["failed"]["status"] == 12
    assert said.document["wrong_statuses"] == {"404": 12}
    assert "100%  (12 status 404)" in said.out
    assert said.code == 2
    assert said.complaint == (
        f"contend: {url}: every response was 404 Not Found; try another path or method, or "
        "--expect-status"
    )


def test_a_status_without_a_name_is_its_number(serve: Serve, load: Contend) -> None:
    said = load(
        serve(answering(response(status="299 Odd"))).url, "-n", "4", "--expect-status", "200"
    )
    assert said.code == 2
    assert ": every response was 299; try " in said.complaint


def test_some_wrong_responses_are_no_wrong_url(serve: Serve, load: Contend) -> None:
    def answer(request: bytes) -> bytes:
        return response() if next(served) == 1 else response(status="404 Not Found")

    served = itertools.count(1)
    said = load(serve(answering(answer)).url, "-n", "12")
    assert said.document["wrong_statuses"] == {"404": 11}
    assert (said.code, said.err) == (0, "")
    assert "(11 status 404)" in said.out


def test_several_wrong_statuses_are_no_wrong_url(serve: Serve, load: Contend) -> None:
    def answer(request: bytes) -> bytes:
        return response(status="404 Not Found" if next(served) % 2 else "503 Busy")

    served = itertools.count(1)
    said = load(serve(answering(answer)).url, "-c", "1", "-n", "12")
    assert said.document["wrong_statuses"] == {"404": 6, "503": 6}
    assert (said.code, said.err) == (3, "")


def test_a_late_answer_answers_nobody(serve: Serve, load: Contend) -> None:
    said = load(serve(answers_too_late).url, "-n", "12", "--timeout", "30ms", "--expect-body", "hi")
    requests = said.document["requests"]
    assert (requests["timeout"], requests["ok"]) == (12, 0)


def test_bytes_may_come_one_at_a_time(serve: Serve, load: Contend) -> None:
    said = load(serve(one_byte_at_a_time).url, "-n", "12", "--expect-body", "hi")
    assert said.document["requests"]["ok"] == 12


@pytest.mark.parametrize("script", [reset_at_accept, no_http])
def test_a_server_that_is_wrong_before_the_request_fails_them_all(
    serve: Serve, load: Contend, script: Script
) -> None:
    """A banner makes an idle connection leave the pool, or fails the request that was first."""
    said = load(serve(script).url, "-n", "12", "--timeout", "1s")
    requests = said.document["requests"]
    assert requests["ok"] == 0
    assert requests["failed"]["reset"] + requests["failed"]["protocol"] > 0
    assert requests["scheduled"] == 12
    assert said.code == 3


def test_an_expected_status_is_right_whatever_it_is(serve: Serve, load: Contend) -> None:
    server = serve(answering(response(status="404 Not Found")))
    assert load(server.url, "-n", "5", "--expect-status", "404").code == 0
    said = load(server.url, "-n", "5", "--expect-status", "200")
    assert said.document["requests"]["failed"]["status"] == 5


def test_a_wrong_body_is_a_failure_only_where_one_is_expected(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    assert load(server.url, "-n", "5").code == 0
    for wrong in ("", "h", "hip", "HI"):
        said = load(server.url, "-n", "5", "--expect-body", wrong)
        assert said.document["requests"]["failed"]["validation"] == 5, wrong


def test_a_server_that_dies_is_seen_to_have_died(serve: Serve, load: Contend) -> None:
    """Its connections are reset, and the ones after them refused."""

    def dies_after(request: bytes) -> bytes:
        if next(served) == 50:
            server.die()
        return response()

    served = itertools.count(1)
    server = serve(answering(dies_after))
    said = load(server.url, "-d", "1100ms")
    requests = said.document["requests"]
    assert requests["ok"] >= 40
    assert 1 <= requests["failed"]["reset"] <= 4
    assert requests["failed"]["connect"] > 0
    assert said.code == 3
    (reason,) = said.document["validity"]["reasons"]
    assert reason["code"] == "lost-server"
    assert reason["words"].startswith("the server stopped answering: from ")


# --- slow servers ---------------------------------------------------------------------------


def test_a_timeout_enters_latency_at_its_value_or_above(serve: Serve, load: Contend) -> None:
    said = load(serve(silent).url, "-n", "8", "--timeout", "40ms")
    assert said.document["requests"]["timeout"] == 8
    latency = said.document["latency"]
    assert latency["count"] == latency["lower_bounds"] == 8
    assert latency["p50_ns"] >= 40 * MS
    assert latency["min_ns"] >= 40 * MS * 0.999  # the lowest value of its bucket
    assert said.document["service_time"]["lower_bounds"] == 8
    assert "≥" in said.out
    assert said.code == 3


def test_a_quantile_among_lower_bounds_is_printed_as_one(serve: Serve, load: Contend) -> None:
    """Nine of ten answer at once, so p50 is known and p99 is not."""

    def script(peer: Peer) -> None:
        while peer.request():
            if next(served) % 10:
                peer.send(response())

    served = itertools.count(1)
    said = load(serve(script).url, "-c", "16", "-n", "120", "--timeout", "1s")
    assert said.code == 0
    assert 12 <= said.document["latency"]["lower_bounds"] < 60  # a busy machine may add some
    (row,) = (line for line in said.out.splitlines() if line.startswith("closed-loop"))
    mean, p50, _, p95, p99, *_ = cells(row)
    assert mean.startswith("≥")
    assert not p50.startswith("≥")
    assert p95.startswith("≥")
    assert p99.startswith("≥")


def test_a_deadline_sheds_what_waits_too_long(serve: Serve, load: Contend) -> None:
    said = load(
        serve(silent).url,
        *("-c", "1", "--rate", "200", "-d", "150ms", "--deadline", "20ms", "--timeout", "300ms"),
    )
    requests = said.document["requests"]
    assert requests["shed"] > 0
    assert requests["ok"] == 0
    assert said.document["latency"]["min_ns"] >= 20 * MS * 0.999
    assert f"{requests['shed']} shed" in said.out


def test_arrivals_beyond_the_queue_are_shed(serve: Serve, load: Contend) -> None:
    said = load(
        serve(silent).url,
        *("-c", "1", "--rate", "200", "-d", "150ms", "--max-queue", "3", "--timeout", "1s"),
    )
    requests = said.document["requests"]
    assert requests["scheduled"] >= 29
    assert requests["shed"] == requests["scheduled"] - 4  # one on its way, three in the queue
    assert requests["timeout"] + requests["unfinished"] == 4


def test_what_is_in_flight_at_the_end_is_waited_for(serve: Serve, load: Contend) -> None:
    """The server answers what it has heard once the next request has come: the last one never."""
    heard = threading.Barrier(4)

    def script(peer: Peer) -> None:
        if peer.request():
            heard.wait()
            peer.send(response())
            peer.request()

    said = load(serve(script).url, "-n", "4")
    assert said.document["requests"]["ok"] == 4


# --- connections that close -------------------------------------------------------------------


def closes_while_idle(peer: Peer) -> None:
    if peer.request():
        peer.send(response())
        peer.shut()
        peer.wait_for_end()


def test_a_connection_closed_while_idle_costs_nothing(serve: Serve, load: Contend) -> None:
    said = load(serve(closes_while_idle).url, "-c", "1", "--rate", "0.9", "-n", "2")
    assert said.document["requests"]["ok"] == 2
    assert said.document["requests"]["resent"] == 0
    assert said.document["connections_opened"] == 2


def closes_on_the_second_request(peer: Peer) -> None:
    if peer.request():
        peer.send(response())
        peer.request()


@pytest.mark.parametrize(("method", "resent"), [("GET", 1), ("PUT", 1), ("POST", 0)])
def test_only_an_idempotent_request_is_sent_again_after_a_second_of_rest(
    serve: Serve, load: Contend, method: str, resent: int
) -> None:
    """Node closes after 5 s of rest; a request that crosses the closing is nobody's fault."""
    server = serve(closes_on_the_second_request)
    said = load(server.url, "-c", "1", "--rate", "0.9", "-n", "2", "-X", method)
    requests = said.document["requests"]
    assert requests["resent"] == resent
    assert requests["failed"]["reset"] == 1 - resent
    assert requests["ok"] == 1 + resent
    assert len(server.requests) == 2 + resent
    assert ("resent" in said.out) is bool(resent)


def test_a_connection_that_hardly_rested_is_no_reason_to_send_again(
    serve: Serve, load: Contend
) -> None:
    said = load(serve(closes_on_the_second_request).url, "-c", "1", "-n", "6")
    requests = said.document["requests"]
    assert (requests["ok"], requests["failed"]["reset"], requests["resent"]) == (3, 3, 0)


def test_connections_that_are_refused_in_mid_run_are_counted(serve: Serve, load: Contend) -> None:
    def script(peer: Peer) -> None:
        if peer.request():
            peer.server.stop_listening()
            peer.send(response(headers=(b"Connection: close",)))

    said = load(serve(script).url, "-c", "1", "-n", "6")
    requests = said.document["requests"]
    assert requests["ok"] == 1
    assert requests["failed"]["connect"] == 5


def test_a_restart_in_mid_run_costs_what_was_on_its_way(serve: Serve, load: Contend) -> None:
    """The server restarts at its 20th request; the connections are made again."""

    def script(peer: Peer) -> None:
        while peer.request():
            if next(heard) == 20:
                peer.server.restart()
                return
            peer.send(response())

    heard = itertools.count(1)
    said = load(serve(script).url, "--rate", "100", "-n", "200")
    requests = said.document["requests"]
    assert requests["failed"]["reset"] >= 1
    assert requests["ok"] + requests["failed"]["reset"] + requests["failed"]["connect"] == 200
    assert requests["ok"] >= 20  # also after the restart
    assert said.document["connections_opened"] > 4


def test_a_server_that_accepts_slowly_answers_in_turn(serve: Serve, load: Contend) -> None:
    """The kernel opens each connection at once, and its request waits there to be accepted."""

    def script(peer: Peer) -> None:
        if peer.request():
            peer.send(response(headers=(b"Connection: close",)))

    said = load(serve(script, at_a_time=1).url, "-c", "8", "-n", "24")
    assert said.document["requests"]["ok"] == 24


def test_a_connection_that_is_never_accepted_times_out(serve: Serve, load: Contend) -> None:
    said = load(serve(silent, at_a_time=1).url, "-c", "4", "-n", "4", "--timeout", "40ms")
    assert said.document["requests"]["timeout"] == 4
    assert said.document["requests"]["failed"]["connect"] == 0


def test_no_connection_in_time_is_a_failure_to_connect(load: Contend) -> None:
    """A listener whose backlog is full takes no more connections, and refuses none either."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        said = load(
            f"http://127.0.0.1:{port}/",
            *("-c", "8", "-n", "4", "--connect-timeout", "200ms", "--timeout", "100ms"),
        )
    requests = said.document["requests"]
    assert requests["ok"] == 0
    assert requests["scheduled"] == 4
    assert said.code == 3
