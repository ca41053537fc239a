"""A folder of workloads made for a test: two contracts, and backends of a few lines of Python."""

import json
from pathlib import Path

_CONTRACT = """
title = "{name}"
[[request]]
class = "{name}"
path = "/{name}"
expect_body = "Hello"
[[reject]]
class = "unknown path"
path = "/nowhere"
expect_status = 404
"""

_BACKEND = """
title = "{title}"
language = "Python"
concurrency = "a thread per connection"
style = "idiomatic"
start = ["{{{runtime}}}", "server.py", "{{port}}"]
workloads = ["hello", "other"]
ready_path = "/hello"
ready_timeout = "{ready_timeout}"
"""

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        known = self.path in ("/hello", "/other")
        self.send_response(200 if known else 404)
        body = b"Hello" if known else b"?"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 511

print("calibrated", flush=True)
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def make_workloads(folder: Path) -> Path:
    (folder / "suites").mkdir(parents=True)
    for name in ("hello", "other"):
        (folder / f"{name}.toml").write_text(_CONTRACT.format(name=name), encoding="utf-8")
    return folder


def add_backend(
    workloads: Path,
    name: str,
    server: str = SERVER,
    runtime: str = "python",
    ready_timeout: str = "20s",
) -> None:
    folder = workloads / "backends" / name
    folder.mkdir(parents=True)
    (folder / "server.py").write_text(server, encoding="utf-8")
    text = _BACKEND.format(title=f"Server {name}", runtime=runtime, ready_timeout=ready_timeout)
    (folder / "backend.toml").write_text(text, encoding="utf-8")


def add_suite(
    workloads: Path,
    *backends: str,
    starts: int = 2,
    more: str = "",
    measure: str = "trials",
    asked: tuple[str, ...] = ("hello",),
) -> Path:
    path = workloads / "suites" / "small.toml"
    names = ", ".join(f'"{name}"' for name in backends)
    path.write_text(
        f'title = "Small"\nbudget = "1m"\nseed = 5\nstarts = {starts}\nwarmup = "0ms"\n'
        f'duration = "100ms"\n{more}[[grid]]\nbackends = [{names}]\n'
        f'workloads = {json.dumps(asked)}\nconnections = 2\nmeasure = "{measure}"\n',
        encoding="utf-8",
    )
    return path
