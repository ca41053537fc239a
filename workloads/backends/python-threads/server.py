"""The workloads on the standard library's http.server, a thread for each connection."""

import argparse
import signal
import sqlite3
import sys
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import raw_database
from bulk import upload
from chunks import LAST_CHUNK, chunk
from cpu_work import calibrate
from messages import Reply, Request, UnreadableError, body_length, failure
from routes import route
from streaming import Stream, body_parts
from upstream import Upstream
from validation import LARGEST_BODY, InvalidError


class TwoWriteHandler(BaseHTTPRequestHandler):
    """As http.server comes: headers and body leave in two writes, and Nagle's algorithm is on.

    On a kept-alive connection the second write then waits for the client's acknowledgement of the
    first, which the client's kernel delays by about 40 ms.
    """

    protocol_version = "HTTP/1.1"
    database_path: str
    upstream: Upstream
    _database: sqlite3.Connection | None = None

    def do_GET(self) -> None:
        try:
            reply = self.answer()
        except UnreadableError as error:
            self.close_connection = True
            reply = failure(error.status)
        if isinstance(reply, Stream):
            self.send_stream(reply)
        else:
            self.send(reply)

    do_POST = do_GET  # noqa: N815

    def answer(self) -> Reply | Stream:
        # The one body of any length: it is counted while it comes, not read before.
        if (self.command, self.path) == ("POST", "/upload"):
            return upload(body_parts(self.headers, self.rfile))
        body = self.read_body()
        if body is None:
            return failure(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        request = Request(self.command, self.path, self.headers, body)
        try:
            return route(request, self.connection, self.database, self.upstream)
        except InvalidError as error:
            return Reply(str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def database(self) -> sqlite3.Connection:
        """This thread's own: a handler is made for each connection, and with it a thread."""
        if self._database is None:
            self._database = raw_database.connect(self.database_path)
        return self._database

    def read_body(self) -> bytes | None:
        """None when it is too large; it is read even then, for what follows it to be a request."""
        length = body_length(self.headers)
        if length <= LARGEST_BODY:
            return self.rfile.read(length)
        while length > 0 and (part := self.rfile.read(min(length, LARGEST_BODY))):
            length -= len(part)
        return None

    def send(self, reply: Reply) -> None:
        body = reply.text.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        if reply.cookie is not None:
            self.send_header("Set-Cookie", reply.cookie)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_stream(self, stream: Stream) -> None:
        self.send_response(HTTPStatus.OK)
        for name, value in stream.headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in stream.parts:
            self.wfile.write(chunk(part))
            self.wfile.flush()
        self.wfile.write(LAST_CHUNK)

    def finish(self) -> None:
        super().finish()
        if self._database is not None:
            self._database.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: no server under measurement logs requests."""


class OneWriteHandler(TwoWriteHandler):
    """The response leaves in one write, at once."""

    wbufsize = -1  # wfile is buffered, and http.server flushes it after each request
    disable_nagle_algorithm = True


class Server(ThreadingHTTPServer):
    # Node's backlog. With the default of 5, connections that are opened together are dropped and
    # come back a second later, and the comparison would be of that.
    request_queue_size = 511

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client may leave when it likes
            super().handle_error(request, client_address)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--database", default="")
    parser.add_argument("--upstream", default="")
    parser.add_argument("--two-writes", action="store_true")
    options = parser.parse_args()

    handler = TwoWriteHandler if options.two_writes else OneWriteHandler
    handler.database_path = options.database
    handler.upstream = Upstream(options.upstream)
    calibrate()

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), Server(("127.0.0.1", options.port), handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
