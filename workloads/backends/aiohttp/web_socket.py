"""WebSockets that end with the server, and their messages, text or binary."""

import asyncio
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web

OPEN = web.AppKey("open", weakref.WeakSet[web.WebSocketResponse])
CLOSING_SECONDS = 0.5


async def accept(request: web.Request) -> web.WebSocketResponse:
    websocket = web.WebSocketResponse(compress=False, timeout=CLOSING_SECONDS)
    await websocket.prepare(request)
    request.app[OPEN].add(websocket)
    return websocket


async def close_all(app: web.Application) -> None:
    closing = [
        asyncio.create_task(websocket.close(code=WSCloseCode.GOING_AWAY, drain=False))
        for websocket in app[OPEN]
    ]
    if closing:
        # A client that doesn't read could hold up its own.
        await asyncio.wait(closing, timeout=CLOSING_SECONDS)


async def messages(websocket: web.WebSocketResponse) -> AsyncIterator[str | bytes]:
    async for message in websocket:
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            yield message.data


async def send(websocket: web.WebSocketResponse, message: str | bytes) -> None:
    """Nothing, when the client is gone: its messages end then."""
    with suppress(ConnectionError):
        if isinstance(message, str):
            await websocket.send_str(message)
        else:
            await websocket.send_bytes(message)
