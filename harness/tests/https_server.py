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


class _UnixServer(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


def make_certificate(folder: Path, name: str, days: int = 1) -> Path:
    """Vouches for itself; its key stands in the same file."""
    file = folder / f"{name}-{days}.pem"
    kind = "IP" if name[0].isdigit() else "DNS"
    command = [
        *("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt"),
        *("ec_paramgen_curve:prime256v1", "-days", str(days), "-subj", f"/CN={name}"),
        *("-addext", f"subjectAltName={kind}:{name}", "-keyout", str(file), "-out", str(file)),
    ]
    subprocess.run(command, check=True, capture_output=True)
    if "CERTIFICATE" not in file.read_text():  # it wrote one over the other
        parts = [file.with_suffix(".key"), file.with_suffix(".crt")]
        command[-3], command[-1] = str(parts[0]), str(parts[1])
        subprocess.run(command, check=True, capture_output=True)
        file.write_text("".join(one.read_text() for one in parts))
    return file


@contextmanager
def https_server(
    certificate: Path, most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
) -> Iterator[int]:
    """Its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.maximum_version = most
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    yield from _serving(server, server.server_address[1])


@contextmanager
def unix_server(path: Path) -> Iterator[Path]:
    yield from _serving(_UnixServer(str(path), Hello), path)


def _serving(server: ThreadingHTTPServer | _UnixServer, where: Where) -> Iterator[Where]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield where
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
