from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from rooms import Rooms
from web_socket import accept, messages, send

ROOMS = web.AppKey("rooms", Rooms)

routes = web.RouteTableDef()


class ChatQuery(BaseModel):
    room: Annotated[str, Field(min_length=1, max_length=32)]


@routes.get("/ws/chat")
async def chat(request: web.Request) -> web.WebSocketResponse:
    query = ChatQuery.model_validate(dict(request.query))
    with request.app[ROOMS].join(query.room) as member:
        websocket = await accept(request)
        await member.take_part(messages(websocket), partial(send, websocket))
        if member.is_too_slow and request.transport is not None:
            request.transport.abort()  # it would not read what it is closed with either
    return websocket
