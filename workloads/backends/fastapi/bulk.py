from collections.abc import AsyncIterable
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from pieces import PIECE, PIECES

router = APIRouter()


class BinaryResponse(StreamingResponse):
    media_type = "application/octet-stream"


@router.get("/download", response_class=BinaryResponse)
async def download() -> AsyncIterable[bytes]:
    for _ in range(PIECES):
        yield PIECE


@router.post("/upload")
async def upload(request: Request) -> dict[str, int]:
    count = 0
    with suppress(ClientDisconnect):
        async for part in request.stream():
            count += len(part)
    return {"bytes": count}
