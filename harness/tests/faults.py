"""What servers do wrong, each a script for a FaultServer, with what contend must count it as."""

import struct
from dataclasses import dataclass

from fault_server import Peer, Script, answering, reset_at_accept, response, silent

LATE_S = 0.06  # twice the patience of those who ask


def no_http(peer: Peer) -> None:
    peer.send(b"220 mail.example ESMTP\r\n")
    peer.wait_for_end()


def no_http_after_the_request(peer: Peer) -> None:
    if peer.request():
        peer.send(b"220 mail.example ESMTP\r\n")
        peer.wait_for_end()


def endless_headers(peer: Peer) -> None:
    if peer.request():
        peer.send(b"HTTP/1.1 200 OK\r\n")
        while not peer.server.closing.is_set():
            peer.send(b"X-Filler: " + b"x" * 4000 + b"\r\n")


def endless_header_line(peer: Peer) -> None:
    if peer.request():
        peer.send(b"HTTP/1.1 200 OK\r\nX-Filler: ")
        while not peer.server.closing.is_set():
            peer.send(b"x" * 4000)


def body_too_short(peer: Peer) -> None:
    if peer.request():
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi")
        peer.shut()
        peer.wait_for_end()


def closes_without_a_word(peer: Peer) -> None:
    if peer.request():
        peer.shut()
        peer.wait_for_end()


def reset_in_the_body(peer: Peer) -> None:
    if peer.request():
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi")
        peer.reset()


def closes_after_each_response(peer: Peer) -> None:
    if peer.request():
        peer.send(response(headers=(b"Connection: close",)))
        peer.shut()
        peer.wait_for_end()


def one_byte_at_a_time(peer: Peer) -> None:
    while peer.request():
        for byte in response():
            peer.send(struct.pack("B", byte))


def answers_too_late(peer: Peer) -> None:
    """The first request after its client has given it up, those after it at once: on a connection
    that the client went on with, the late body would answer the next request, and wrongly."""
    if peer.request():
        peer.server.closing.wait(LATE_S)
        peer.send(response(b"late"))
        while peer.request():
            peer.send(response())


BODY_TOO_LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi there"
LENGTH_IS_NO_NUMBER = b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nhi"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK_TOO_LONG = _CHUNKED + b"1\r\nhi\r\n0\r\n\r\n"
CHUNK_SIZE_IS_NO_NUMBER = _CHUNKED + b"x\r\nhi\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Fault:
    script: Script
    cause: str  # the outcome of every request
    is_dear: bool = False  # takes much of the server's time


FAULTS = {
    "reset at accept": Fault(reset_at_accept, "reset"),
    "reset in the body": Fault(reset_in_the_body, "reset"),
    "half-closed without a word": Fault(closes_without_a_word, "reset"),
    "body too short": Fault(body_too_short, "reset"),
    "body too long": Fault(answering(BODY_TOO_LONG), "protocol"),
    "length is no number": Fault(answering(LENGTH_IS_NO_NUMBER), "protocol"),
    "chunk too long": Fault(answering(CHUNK_TOO_LONG), "protocol"),
    "chunk size is no number": Fault(answering(CHUNK_SIZE_IS_NO_NUMBER), "protocol"),
    "no HTTP": Fault(no_http_after_the_request, "protocol"),
    "endless headers": Fault(endless_headers, "protocol", is_dear=True),
    "endless header line": Fault(endless_header_line, "protocol", is_dear=True),
    "status 500": Fault(answering(response(status="500 Broken")), "status"),
    "wrong body": Fault(answering(response(b"ho")), "validation"),
    "closed after each response": Fault(closes_after_each_response, "ok"),
    "one byte at a time": Fault(one_byte_at_a_time, "ok", is_dear=True),
    "never answers": Fault(silent, "timeout", is_dear=True),
    "answers too late": Fault(answers_too_late, "timeout", is_dear=True),
}
