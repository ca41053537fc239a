"""Server-sent events and WebSockets."""

from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from schemas import EventsQuery
from ticks import ticks

LONGEST_ROOM = 32


async def events(request: Request) -> StreamingResponse:
    query = EventsQuery.model_validate(dict(request.query_params))
    headers = {"Cache-Control": "no-cache"}
    return StreamingResponse(ticks(query.interval), media_type="text/event-stream", headers=headers)


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for message in messages(websocket):
        await send(websocket, message)


async def chat(websocket: WebSocket) -> None:
    room = websocket.query_params.get("room", "")
    if not 0 < len(room) <= LONGEST_ROOM:
        await websocket.close()
        return
    with websocket.state.rooms.join(room) as member:
        await websocket.accept()
        await member.take_part(messages(websocket), partial(send, websocket))


async def messages(websocket: WebSocket) -> AsyncIterator[str | bytes]:
    """Text and bytes: Starlette's own ways are for one of them."""
    while (event := await websocket.receive())["type"] == "websocket.receive":
        text = event.get("text")
        yield event["bytes"] if text is None else text


async def send(websocket: WebSocket, message: str | bytes) -> None:
    """Nothing, when the client is gone: its messages end then."""
    with suppress(WebSocketDisconnect, WebSocketDisconnected):
        if isinstance(message, str):
            await websocket.send_text(message)
        else:
            await websocket.send_bytes(message)
