from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket

from starlette_messages import messages, send

router = APIRouter()


@router.websocket("/ws/chat")
async def chat(
    websocket: WebSocket, room: Annotated[str, Query(min_length=1, max_length=32)]
) -> None:
    with websocket.state.rooms.join(room) as member:
        await websocket.accept()
        await member.take_part(messages(websocket), partial(send, websocket))
