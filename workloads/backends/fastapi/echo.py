from fastapi import APIRouter, WebSocket

from starlette_messages import messages, send

router = APIRouter()


@router.websocket("/ws/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for message in messages(websocket):
        await send(websocket, message)
