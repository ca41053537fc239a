"""Lines of JSON, each with a SHA-256 over itself and the line before: pure, on bytes.

A changed byte anywhere breaks the chain at its line; a line that a crash cut short is the last one
and has no end.
"""

import hashlib
from dataclasses import dataclass

_MARK = b',"sha256":"'
_TAIL = len(_MARK) + 64 + len(b'"}')


@dataclass(frozen=True)
class Chain:
    payloads: tuple[bytes, ...]  # the lines without their checksums
    digest: str  # of the last line, "" before the first
    length: int  # bytes up to the end of the last whole line
    torn_bytes: int  # after it
    broken_line: int | None = None  # the first line, from 1, whose bytes have changed


def seal(payload: bytes, previous: str) -> tuple[bytes, str]:
    """A JSON object as a line of the chain, and the line's own digest."""
    digest = _digest(payload, previous)
    return payload[:-1] + _MARK + digest.encode() + b'"}\n', digest


def read_chain(data: bytes) -> Chain:
    *lines, rest = data.split(b"\n")
    payloads: list[bytes] = []
    digest = ""
    length = 0
    for number, line in enumerate(lines, start=1):
        if (checked := _open(line, digest)) is None:
            return Chain(tuple(payloads), digest, length, 0, number)
        payloads.append(checked[0])
        digest = checked[1]
        length += len(line) + 1
    # A whole line with another last byte was changed; a crash can only have cut it.
    changed = bool(rest) and _open(rest[:-1], digest) is not None
    broken_line = len(lines) + 1 if changed else None
    return Chain(tuple(payloads), digest, length, len(rest), broken_line)


def _open(line: bytes, previous: str) -> tuple[bytes, str] | None:
    if len(line) <= _TAIL or line[-_TAIL : -_TAIL + len(_MARK)] != _MARK or line[-2:] != b'"}':
        return None
    payload = line[:-_TAIL] + b"}"
    digest = _digest(payload, previous)
    return (payload, digest) if line[-66:-2] == digest.encode() else None


def _digest(payload: bytes, previous: str) -> str:
    return hashlib.sha256(previous.encode() + payload).hexdigest()
