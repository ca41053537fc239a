"""Bodies that come and go part by part, in chunks: http.server leaves them to its handlers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from chunks import chunk_size, end_chunk, is_chunked
from messages import UnreadableError, body_length

LARGEST_PART = 64 * 1024
LONGEST_LINE = 8 * 1024


@dataclass(slots=True)
class Stream:
    """A reply whose length isn't known when it begins."""

    headers: dict[str, str]
    parts: Iterable[bytes]


def body_parts(headers: Mapping[str, str], file: BinaryIO) -> Iterator[bytes]:
    """Raises UnreadableError where the body can't be told from what follows it."""
    if not is_chunked(headers):
        yield from _parts(file, body_length(headers))
        return
    while size := chunk_size(file.readline(LONGEST_LINE)):
        yield from _parts(file, size)
        end_chunk(file.read(2))
    while file.readline(LONGEST_LINE).strip():
        pass  # trailers


def _parts(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0:
        part = file.read(min(size, LARGEST_PART))
        if not part:
            raise UnreadableError(HTTPStatus.BAD_REQUEST)
        size -= len(part)
        yield part
