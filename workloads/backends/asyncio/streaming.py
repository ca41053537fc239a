"""Bodies that come and go part by part, in chunks."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from chunks import LAST_CHUNK, chunk, chunk_size, end_chunk, is_chunked
from messages import UnreadableError, body_length

LARGEST_PART = 64 * 1024


@dataclass(slots=True)
class Stream:
    """A reply whose length isn't known when it begins."""

    headers: dict[str, str]
    parts: AsyncIterable[bytes]
    is_endless: bool = False  # until the client leaves: no request can follow


async def send_parts(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: Stream
) -> None:
    if not stream.is_endless:
        await _send_all(writer, stream)
        return
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(_send_all(writer, stream))
        await _client_leaves(reader)
        sending.cancel()


async def _send_all(writer: asyncio.StreamWriter, stream: Stream) -> None:
    with suppress(ConnectionError):
        async for part in stream.parts:
            writer.write(chunk(part))
            await writer.drain()
        writer.write(LAST_CHUNK)


async def _client_leaves(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(LARGEST_PART):
            pass


async def body_parts(
    headers: Mapping[str, str], reader: asyncio.StreamReader
) -> AsyncIterator[bytes]:
    """Raises UnreadableError where the body can't be told from what follows it."""
    if not is_chunked(headers):
        async for part in _parts(reader, body_length(headers)):
            yield part
        return
    while size := chunk_size(await _line(reader)):
        async for part in _parts(reader, size):
            yield part
        end_chunk(await reader.readexactly(2))
    while await _line(reader) != b"\r\n":
        pass  # trailers


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST) from error


async def _parts(reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
    while size > 0:
        part = await reader.read(min(size, LARGEST_PART))
        if not part:
            raise asyncio.IncompleteReadError(part, size)
        size -= len(part)
        yield part
