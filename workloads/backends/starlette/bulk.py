from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, StreamingResponse

from pieces import PIECE, PIECES


async def download(request: Request) -> StreamingResponse:
    return StreamingResponse(pieces(), media_type="application/octet-stream")


async def pieces() -> AsyncIterator[bytes]:
    for _ in range(PIECES):
        yield PIECE


async def upload(request: Request) -> JSONResponse:
    count = 0
    with suppress(ClientDisconnect):
        async for part in request.stream():
            count += len(part)
    return JSONResponse({"bytes": count})
