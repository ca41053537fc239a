import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse

from schemas import FanoutQuery

CONNECTIONS = 64 // int(os.environ["WORKERS"])


@asynccontextmanager
async def open_upstream() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(os.environ["UPSTREAM"], connector=connector) as client:
        yield client


async def fanout(request: Request) -> JSONResponse:
    query = FanoutQuery.model_validate(dict(request.query_params))
    replies = await asyncio.gather(*(ask(request.state.upstream) for _ in range(query.n)))
    return JSONResponse({"replies": replies})


async def ask(upstream: aiohttp.ClientSession) -> str:
    async with upstream.get("/delay/5", raise_for_status=True) as response:
        return await response.text()
