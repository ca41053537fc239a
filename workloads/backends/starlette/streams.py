"""Server-sent events and WebSockets."""

from functools import partial

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.websockets import WebSocket

from schemas import EventsQuery
from starlette_messages import messages, send
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
