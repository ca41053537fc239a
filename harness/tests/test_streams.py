"""What a contract doesn't see of the measured servers' streams: that events don't drift, that a
stream ends with its client or its server, and that what a client doesn't read isn't kept for it."""

import http.client
import itertools
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from contend.files import paths
from contend.machine.ports import HOST
from contend.machine.processes import descendants
from contend.servers.program import missing_runtime
from contend.servers.supervise import GRACE_S
from contend.servers.target import Started, start
from contend.suites.backend import backend_names, read_backend

WORKLOADS = paths.workloads_dir()
CORE = min(os.sched_getaffinity(0))
INTERVAL_MS = 20
PIECE_BYTES = 64 * 1024
DOWNLOAD_BYTES = 160 * PIECE_BYTES
READ_BYTES = 1024 * 1024
TIMEOUT_S = 5.0


# One of each way to write a stream; what else there is, scripts/test --all tries.
USUAL = ("node-http", "express", "fastify", "asyncio", "python-threads", "fastapi", "aiohttp")


def backends_with(workload: str) -> list[ParameterSet]:
    found = ((name, read_backend(WORKLOADS, name, WORKLOADS)) for name in backend_names(WORKLOADS))
    return [
        pytest.param(name, marks=[] if name in USUAL else [pytest.mark.slow])
        for name, backend in found
        if workload in backend.workloads
    ]


@contextmanager
def started(name: str) -> Iterator[Started]:
    """A server that has been asked, and so has opened what it keeps open. It ends by itself."""
    backend = read_backend(WORKLOADS, name, WORKLOADS)
    if missing := missing_runtime(backend):
        pytest.skip(missing)
    with start(backend, WORKLOADS / "backends" / name, (CORE,)) as server:
        ask(server)
        yield server
        told_to_stop = time.monotonic()
    assert time.monotonic() - told_to_stop < GRACE_S


def connect(server: Started) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(HOST, server.port, timeout=TIMEOUT_S)


def ask(server: Started) -> None:
    with closing(connect(server)) as connection:
        connection.request("GET", "/plaintext")
        assert connection.getresponse().read() == b"Hello, World!"


def open_stream(streams: ExitStack, server: Started, path: str) -> http.client.HTTPResponse:
    connection = streams.enter_context(closing(connect(server)))
    connection.request("GET", path)
    return streams.enter_context(closing(connection.getresponse()))


def read_event(stream: http.client.HTTPResponse, number: int) -> float:
    """When it was whole. Its fields mean the same in either order, and a blank line before it says
    nothing."""
    while (first := stream.readline()) == b"\n":
        pass
    fields = {first, stream.readline()}
    assert fields == {b"id: %d\n" % number, b"data: tick\n"}
    assert stream.readline() == b"\n"
    return time.monotonic()


def open_files(server: Started) -> int:
    processes = [server.pid, *descendants(server.pid)]
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in processes)


def resident_bytes(server: Started) -> int:
    pages = 0
    for pid in (server.pid, *descendants(server.pid)):
        pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("name", backends_with("events"))
def test_events_are_due_from_their_start_and_end_with_their_client(name: str) -> None:
    with ExitStack() as last, started(name) as server:
        at_rest = open_files(server)
        with ExitStack() as streams:
            path = f"/events?interval={INTERVAL_MS}"
            stream, *_ = [open_stream(streams, server, path) for _ in range(3)]
            assert stream.headers.get_content_type() == "text/event-stream"
            assert "no-cache" in stream.headers["Cache-Control"]

            # One may be late, as machines are; all of the last ones are only where they drift.
            came = [read_event(stream, number) for number in range(40)]
            late_s = [at - came[0] - k * INTERVAL_MS / 1000 for k, at in enumerate(came)]
            assert min(late_s[-10:]) < INTERVAL_MS / 1000

        deadline = time.monotonic() + TIMEOUT_S
        while open_files(server) > at_rest:
            assert time.monotonic() < deadline, "streams that nobody hears are still open"
            ask(server)
        # Its server ends it.
        read_event(open_stream(last, server, "/events?interval=60000"), 0)


@pytest.mark.parametrize("name", backends_with("bulk"))
def test_a_download_waits_for_its_reader(name: str) -> None:
    if name == "flask-sync":
        pytest.skip("it serves one reader at a time")
    if name == "flask-documented":
        pytest.skip("a worker of four threads may have all five readers")
    readers = 5
    with ExitStack() as streams, started(name) as server:
        assert len(open_stream(streams, server, "/download").read()) == DOWNLOAD_BYTES
        before = resident_bytes(server)
        slow = [open_stream(streams, server, "/download") for _ in range(readers)]
        for stream in slow:
            assert len(stream.read(READ_BYTES)) == READ_BYTES
        ask(server)
        assert resident_bytes(server) - before < readers * DOWNLOAD_BYTES / 4
        assert len(slow[0].read()) == DOWNLOAD_BYTES - READ_BYTES


@pytest.mark.parametrize("name", backends_with("bulk"))
def test_an_upload_is_counted_whatever_its_length(name: str) -> None:
    with started(name) as server, closing(connect(server)) as connection:
        for pieces in (0, 1, 160):
            body = itertools.repeat(bytes(PIECE_BYTES), pieces)
            headers = {"Transfer-Encoding": "chunked"}
            connection.request("POST", "/upload", body, headers, encode_chunked=True)
            response = connection.getresponse()
            assert response.status == 200
            assert json.loads(response.read()) == {"bytes": pieces * PIECE_BYTES}
