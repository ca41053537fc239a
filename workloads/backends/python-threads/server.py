"""The workloads on the standard library's http.server, a thread for each connection."""

import argparse
import json
import re
import signal
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cpu_work import burn, calibrate, count_primes

WORK_LIMIT = 500_000  # Node.js 26 counts the primes below it in about 20 ms


class TwoWriteHandler(BaseHTTPRequestHandler):
    """As http.server comes: headers and body leave in two writes, and Nagle's algorithm is on.

    On a kept-alive connection the second write then waits for the client's acknowledgement of the
    first, which the client's kernel delays by about 40 ms.
    """

    protocol_version = "HTTP/1.1"
    iterations_per_ms: int

    def do_GET(self) -> None:
        match self.path:
            case "/plaintext":
                self.send("Hello, World!")
            case "/json":
                self.send(json.dumps({"message": "Hello, World!"}), "application/json")
            case "/work":
                self.send(str(count_primes(WORK_LIMIT)))
            case path if found := re.fullmatch(r"/delay/(\d{1,5})", path):
                time.sleep(int(found[1]) / 1000)
                self.send(found[1])
            case path if found := re.fullmatch(r"/cpu/(\d{1,5})", path):
                burn(int(found[1]), self.iterations_per_ms)
                self.send(found[1])
            case _:
                self.send("Not Found", status=HTTPStatus.NOT_FOUND)

    def send(
        self, text: str, content_type: str = "text/plain", status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--two-writes", action="store_true")
    options = parser.parse_args()

    handler = TwoWriteHandler if options.two_writes else OneWriteHandler
    handler.iterations_per_ms = calibrate()
    calibration = {"cpu_iterations_per_ms": handler.iterations_per_ms}
    print(json.dumps({"calibration": calibration}), flush=True)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), Server(("127.0.0.1", options.port), handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
