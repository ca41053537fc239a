"""A server that does what a test tells it, right or wrong, over real sockets on the loopback.

One thread a connection, each running the test's script with its Peer; close() ends them all. The
port is the kernel's choice. What a script reads and sends is up to it: nothing here knows more of
HTTP than where a request ends.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger for no time: close() sends RST


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket, number: int, server: "FaultServer") -> None:
        self.number = number  # of the connections accepted, from 0
        self.server = server
        self._socket = connection
        self._heard = b""

    def request(self) -> bytes | None:
        """The next request, head and body; None once the client has closed."""
        while b"\r\n\r\n" not in self._heard:
            if not self._hear():
                return None
        end = self._heard.index(b"\r\n\r\n") + 4
        end += _content_length(self._heard[:end])
        while len(self._heard) < end:
            if not self._hear():
                return None
        request, self._heard = self._heard[:end], self._heard[end:]
        with self.server.lock:
            self.server.requests.append(request)
        return request

    def send(self, text: bytes) -> None:
        self._socket.sendall(text)

    def reset(self) -> None:
        """Closes with RST, not with FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._socket.close()

    def shut(self) -> None:
        """Ends the stream; what the client still sends is taken in."""
        self._socket.shutdown(socket.SHUT_WR)

    def wait_for_end(self) -> None:
        """Until the client closes or the server is closed."""
        while self._hear():
            pass

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def _hear(self) -> bool:
        piece = self._socket.recv(65536)
        self._heard += piece
        return bool(piece)


Script = Callable[[Peer], None]


class FaultServer:
    """Listens from its making until close(); safe to ask from any thread.

    With `at_a_time` a connection is accepted only when fewer are being served.
    """

    def __init__(self, script: Script, host: str = "127.0.0.1", at_a_time: int = 1 << 20) -> None:
        self.lock = threading.Lock()
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self._script = script
        self._free = threading.Semaphore(at_a_time)
        self._peers: list[Peer] = []
        self._threads: list[threading.Thread] = []
        self._host = host
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def stop_listening(self) -> None:
        """From here on connections are refused; those that stand go on. May be said twice."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def die(self) -> None:
        """As a process that is killed: every connection ends and new ones are refused."""
        self.stop_listening()
        self.closing.set()
        self._end_peers()

    def restart(self) -> None:
        """As a process that is killed and started again at its port."""
        self.stop_listening()
        self._acceptor.join()
        self._end_peers()
        self._listener.close()
        self._listener = self._listen(self.port)
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    def close(self) -> None:
        self.die()
        self._acceptor.join()
        self.die()  # what was accepted meanwhile
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _listen(self, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        return socket.create_server((self._host, port), family=family, backlog=512)

    def _end_peers(self) -> None:
        with self.lock:
            peers = list(self._peers)
        for peer in peers:
            peer.end()

    def _accept(self) -> None:
        listener = self._listener
        while True:
            self._free.acquire()
            try:
                connection, _ = listener.accept()
            except OSError:
                self._free.release()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                peer = Peer(connection, self.connections, self)
                self.connections += 1
                self._peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: Peer) -> None:
        # A client that goes away, and die(), break whatever the script was at.
        with contextlib.suppress(OSError):
            self._script(peer)
        peer.close()
        self._free.release()


def response(body: bytes = b"hi", status: str = "200 OK", headers: tuple[bytes, ...] = ()) -> bytes:
    """A right response, whole."""
    lines = [f"HTTP/1.1 {status}".encode(), f"Content-Length: {len(body)}".encode(), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def answering(text: bytes | Callable[[bytes], bytes] = response()) -> Script:  # noqa: B008
    """Answers each request with `text`, or with what it makes of the request."""

    def script(peer: Peer) -> None:
        while (request := peer.request()) is not None:
            peer.send(text(request) if callable(text) else text)

    return script


def silent(peer: Peer) -> None:
    """Hears every request and answers none."""
    while peer.request() is not None:
        pass


def reset_at_accept(peer: Peer) -> None:
    peer.reset()


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
