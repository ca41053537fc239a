"""A server that speaks TLS, or listens at a path, and answers as it is told; with certificates that
openssl makes. For tests of `contend load`."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import TypeVar

Where = TypeVar("Where")


class Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass

    def address_string(self) -> str:
        return "somebody"


class _Silent:
    """Clients that go are no news."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class _TcpServer(_Silent, ThreadingHTTPServer):
    daemon_threads = True


class _UnixServer(_Silent, ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


def make_certificate(folder: Path, name: str, days: int = 1) -> Path:
    """Vouches for itself; its key stands in the same file. One of less than no days has ended."""
    key, request, certificate = (
        folder / f"{name}-{days}.{kind}" for kind in ("key", "request", "pem")
    )
    kind = "IP" if name[0].isdigit() else "DNS"
    extensions = folder / f"{name}.extensions"
    extensions.write_text(f"subjectAltName={kind}:{name}\n")
    _openssl(
        *("req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request)),
    )
    _openssl(
        *("x509", "-req", "-in", str(request), "-signkey", str(key), "-days", str(days)),
        *("-extfile", str(extensions), "-out", str(certificate)),
    )
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


@contextmanager
def https_server(
    certificate: Path, most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
) -> Iterator[int]:
    """Its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.maximum_version = most
    server = _TcpServer(("127.0.0.1", 0), Hello)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    yield from _serving(server, server.server_address[1])


@contextmanager
def unix_server(path: Path) -> Iterator[Path]:
    yield from _serving(_UnixServer(str(path), Hello), path)


def _serving(server: _TcpServer | _UnixServer, where: Where) -> Iterator[Where]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield where
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
