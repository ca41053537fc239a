"""Servers that are broken on purpose, each in one way, are caught before anything is measured."""

import os
import textwrap
from pathlib import Path

import pytest
from contend.errors import TargetError
from contend.files import paths
from contend.servers.target import launch
from contend.suites.backend import read_backend
from contend.suites.contract import read_contract
from made_workloads import add_backend, make_workloads

WORKLOADS = paths.workloads_dir()
CORE = min(os.sched_getaffinity(0))

# An upright server of workloads 9 (what its contract asks of strangers), 11 and 12, on the standard
# library alone. The lines that a test breaks stand by themselves.
SERVER = textwrap.dedent("""
    import base64, hashlib, socketserver, struct, sys, threading, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    rooms, lock = {}, threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            path, _, query = self.path.partition("?")
            if path == "/hello":
                self.answer(200, b"Hello")
            elif path == "/json":
                self.answer(200, b'{"message":"Hello, World!"}', "application/json")
            elif path == "/me":
                self.answer(401, b"who?")
            elif path == "/events":
                self.events(query)
            elif path == "/ws/chat":
                self.chat(query)
            else:
                self.answer(404, b"?")

        def answer(self, status, body, kind="text/plain"):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def events(self, query):
            text = query.removeprefix("interval=")
            if not text.isdecimal() or not 10 <= int(text) <= 60000:
                return self.answer(422, b"interval")
            self.close_connection = True
            status = 200
            self.wfile.write(
                b"HTTP/1.1 %d x\\r\\nContent-Type: text/event-stream\\r\\n" % status
                + b"Connection: close\\r\\n\\r\\n"
            )
            start, number = time.monotonic(), 0
            try:
                while True:
                    pause = start + number * int(text) / 1000 - time.monotonic()
                    time.sleep(max(0.0, pause))
                    said = number
                    self.wfile.write(b"id: %d\\ndata: tick\\n\\n" % said)
                    number += 1
            except OSError:
                pass

        def chat(self, query):
            key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
            self.wfile.write(
                ("HTTP/1.1 101 x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                 f"Sec-WebSocket-Accept: {accept}\\r\\n\\r\\n").encode()
            )
            self.close_connection = True
            with lock:
                rooms.setdefault(query, []).append(self.wfile)
            heard = 0
            while head := self.rfile.read(2):
                size = head[1] & 127
                if size == 126:
                    size = struct.unpack(">H", self.rfile.read(2))[0]
                mask = self.rfile.read(4)
                body = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(size)))
                if head[0] & 15 == 8:
                    break
                heard += 1
                frame = bytes([129, len(body)]) + body
                with lock:
                    for member in rooms[query]:
                        copies = 1
                        try:
                            member.write(copies * frame)
                        except (OSError, ValueError):
                            pass
            with lock:
                rooms[query].remove(self.wfile)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 511

    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
""")


def verify(tmp_path: Path, workload: str, right: str = "", wrong: str = "") -> None:
    """Launches SERVER with what is `right` in it replaced by what is `wrong`."""
    folder = make_workloads(tmp_path / "workloads")
    assert right in SERVER
    add_backend(folder, "broken", SERVER.replace(right, wrong) if right else SERVER)
    backend = read_backend(folder, "broken", folder)
    contract = read_contract(WORKLOADS, workload, WORKLOADS)
    with launch(backend, folder / "backends" / "broken", contract, (CORE,)):
        pass


@pytest.mark.parametrize("workload", ["json", "events", "chat"])
def test_the_upright_server_is_right(tmp_path: Path, workload: str) -> None:
    verify(tmp_path, workload)


@pytest.mark.parametrize(
    ("workload", "right", "wrong", "said"),
    [
        ("json", "Hello, World", "Hello, Mars", 'not \'{"message":"Hello, World!"}\''),
        ("sessions", 'self.answer(401, b"who?")', 'self.answer(200, b"who?")', "status"),
        ("chat", "copies = 1", "copies = 2 if heard == 3 else 1", "its requests came to"),
        ("chat", "copies = 1", "copies = 0 if heard == 3 else 1", "its requests came to"),
        (
            "chat",
            "frame = bytes([129, len(body)]) + body",
            "frame = bytes([129, len(body)]) + body[::-1]",
            "no message was right",
        ),
        ("events", "status = 200", "status = 500", "status 500, not 200"),
        ("events", "text/event-stream", "text/plain", "Content-Type: 'text/plain', not 'text/ev"),
        ("events", "data: tick", "data: tock", "could not be opened"),
        ("events", "said = number", "said = number + (number > 3)", "its requests came to"),
        ("events", "said = number", "said = number - (number > 3)", "its requests came to"),
        ("events", "pause = start", "pause = 0 * start", "no event was right"),
        ("events", "<= int(text) <= 60000", "> 0", "status 200, not 422"),
    ],
)
def test_a_broken_one_is_caught(
    tmp_path: Path, workload: str, right: str, wrong: str, said: str
) -> None:
    with pytest.raises(TargetError, match=said):
        verify(tmp_path, workload, right, wrong)
