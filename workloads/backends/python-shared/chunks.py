"""The chunked transfer coding (RFC 9112, 7.1), for the servers whose HTTP is their own."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from messages import UnreadableError

LAST_CHUNK = b"0\r\n\r\n"
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?\r\n")


def chunk(part: bytes) -> bytes:
    """REQUIRES: a part that isn't empty, as that would be the last chunk."""
    return b"%x\r\n%b\r\n" % (len(part), part)


def is_chunked(headers: Mapping[str, str]) -> bool:
    """Raises UnreadableError when they say the length as well."""
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return False
    if "content-length" in headers:
        raise UnreadableError(HTTPStatus.BAD_REQUEST)
    return True


def chunk_size(line: bytes) -> int:
    """Raises UnreadableError when the line begins no chunk."""
    found = _SIZE.fullmatch(line)
    if found is None:
        raise UnreadableError(HTTPStatus.BAD_REQUEST)
    return int(found[1], 16)


def end_chunk(line: bytes) -> None:
    """Raises UnreadableError when it isn't what follows a chunk's bytes."""
    if line != b"\r\n":
        raise UnreadableError(HTTPStatus.BAD_REQUEST)
