"""HTTP/1.1 on asyncio streams: kept connections, one write a response that isn't a stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from messages import Reply, Request, UnreadableError, body_length, failure
from streaming import Stream, body_parts, send_parts
from validation import LARGEST_BODY, InvalidError

BACKLOG = 511  # Node's; asyncio's own is 100, and connections that are opened together need more
LARGEST_HEAD = 16 * 1024

Route = Callable[[Request], Awaitable[Reply | Stream]]
Upload = Callable[[AsyncIterator[bytes]], Awaitable[Reply]]


async def listen(
    host: str, port: int, route: Route, uploads: Mapping[str, Upload]
) -> asyncio.Server:
    """What is posted to the paths of `uploads` may be of any length: it is read part by part."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _serve_request(reader, writer, route, uploads):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is gone
        finally:
            writer.close()

    return await asyncio.start_server(serve, host, port, limit=LARGEST_HEAD, backlog=BACKLOG)


async def _serve_request(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    route: Route,
    uploads: Mapping[str, Upload],
) -> bool:
    """Whether the connection is kept."""
    try:
        request, keeps = await _read_head(reader)
        if request.headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.method == "POST" and request.path in uploads:
            reply = await uploads[request.path](body_parts(request.headers, reader))
        else:
            reply = await _answer(reader, request, route)
    except UnreadableError as error:
        writer.write(_encoded(failure(error.status), keeps=False))
        return False
    if isinstance(reply, Stream):
        lines = [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write(_head(HTTPStatus.OK, [*lines, "Transfer-Encoding: chunked"], keeps))
        await send_parts(reader, writer, reply)
    else:
        writer.write(_encoded(reply, keeps))
    return keeps


async def _answer(reader: asyncio.StreamReader, request: Request, route: Route) -> Reply | Stream:
    length = body_length(request.headers)
    if length > LARGEST_BODY:
        while length > 0:  # read all the same, for what follows it to be a request
            length -= len(await reader.readexactly(min(length, LARGEST_BODY)))
        return failure(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if length:
        request.body = await reader.readexactly(length)
    try:
        return await route(request)
    except InvalidError as error:
        return Reply(str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)


async def _read_head(reader: asyncio.StreamReader) -> tuple[Request, bool]:
    """A request without its body, and whether the client keeps the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise UnreadableError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from error
    try:
        method, target, version, headers = _parse_head(head.decode("latin-1"))
    except ValueError as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST) from error
    connection = headers.get("connection", "").lower()
    keeps = connection == "keep-alive" if version == "HTTP/1.0" else connection != "close"
    return Request(method, target, headers, body=b""), keeps


def _parse_head(head: str) -> tuple[str, str, str, dict[str, str]]:
    """Method, target, version and headers. Raises ValueError when it is none."""
    first, *lines = head[:-4].split("\r\n")
    method, target, version = first.split(" ")
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise ValueError(version)
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError(line)
        headers[name.lower()] = value.strip()
    return method, target, version, headers


def _encoded(reply: Reply, keeps: bool) -> bytes:
    body = reply.text.encode()
    lines = [f"Content-Type: {reply.content_type}", f"Content-Length: {len(body)}"]
    if reply.cookie is not None:
        lines.append(f"Set-Cookie: {reply.cookie}")
    return _head(reply.status, lines, keeps) + body


def _head(status: HTTPStatus, lines: Iterable[str], keeps: bool) -> bytes:
    first = [f"HTTP/1.1 {status.value} {status.phrase}", f"Date: {_date(int(time()))}"]
    last = ["\r\n"] if keeps else ["Connection: close", "\r\n"]
    return "\r\n".join([*first, *lines, *last]).encode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
