"""HTTP/1.1 on asyncio streams: kept connections, bodies of a known length, one write a response."""

import asyncio
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from messages import Reply, Request, UnreadableError, body_length, failure
from validation import LARGEST_BODY, InvalidError

BACKLOG = 511  # Node's; asyncio's own is 100, and connections that are opened together need more
LARGEST_HEAD = 16 * 1024

Route = Callable[[Request], Awaitable[Reply]]


async def listen(host: str, port: int, route: Route) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _serve_request(reader, writer, route):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is gone
        finally:
            writer.close()

    return await asyncio.start_server(serve, host, port, limit=LARGEST_HEAD, backlog=BACKLOG)


async def _serve_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, route: Route
) -> bool:
    """Whether the connection is kept."""
    try:
        request, keeps = await _read_request(reader, writer)
    except UnreadableError as error:
        writer.write(_encoded(failure(error.status), keeps=False))
        return False
    if request is None:
        reply = failure(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    else:
        try:
            reply = await route(request)
        except InvalidError as error:
            reply = Reply(str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    writer.write(_encoded(reply, keeps))
    return keeps


async def _read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[Request | None, bool]:
    """And whether the client keeps the connection. None when the body is too large."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise UnreadableError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from error
    try:
        method, target, version, headers = _parse_head(head.decode("latin-1"))
    except ValueError as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST) from error
    length = body_length(headers)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection = headers.get("connection", "").lower()
    keeps = connection == "keep-alive" if version == "HTTP/1.0" else connection != "close"
    if length > LARGEST_BODY:
        while length > 0:  # read all the same, for what follows it to be a request
            length -= len(await reader.readexactly(min(length, LARGEST_BODY)))
        return None, keeps
    body = await reader.readexactly(length) if length else b""
    return Request(method, target, headers, body), keeps


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
    lines = [
        f"HTTP/1.1 {reply.status.value} {reply.status.phrase}",
        f"Date: {_date(int(time()))}",
        f"Content-Type: {reply.content_type}",
        f"Content-Length: {len(body)}",
    ]
    if reply.cookie is not None:
        lines.append(f"Set-Cookie: {reply.cookie}")
    if not keeps:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + body


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
