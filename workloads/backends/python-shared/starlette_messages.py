"""A WebSocket's messages, of Starlette and of FastAPI, which stands on it: their own ways are for
text or for bytes, and here both come and go."""

from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected


async def messages(websocket: WebSocket) -> AsyncIterator[str | bytes]:
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
