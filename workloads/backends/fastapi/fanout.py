import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import aiohttp
from fastapi import APIRouter, Query, Request

from schemas import FanoutQuery

CONNECTIONS = 64 // int(os.environ["WORKERS"])

router = APIRouter()


@asynccontextmanager
async def open_upstream() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(os.environ["UPSTREAM"], connector=connector) as client:
        yield client


@router.get("/fanout")
async def fanout(query: Annotated[FanoutQuery, Query()], request: Request) -> dict[str, list[str]]:
    upstream = request.state.upstream
    replies = await asyncio.gather(*(ask(upstream) for _ in range(query.n)))
    return {"replies": replies}


async def ask(upstream: aiohttp.ClientSession) -> str:
    async with upstream.get("/delay/5", raise_for_status=True) as response:
        return await response.text()
