import asyncio
import os
from typing import Annotated

import httpx
from fastapi import APIRouter, Query, Request

from schemas import FanoutQuery

CONNECTIONS = 64 // int(os.environ["WORKERS"])

router = APIRouter()
# httpx searches its pool for all that wait for it whenever one is through: they wait here.
free = asyncio.Semaphore(CONNECTIONS)


@router.get("/fanout")
async def fanout(query: Annotated[FanoutQuery, Query()], request: Request) -> dict[str, list[str]]:
    upstream = request.state.upstream
    replies = await asyncio.gather(*(ask(upstream) for _ in range(query.n)))
    return {"replies": replies}


async def ask(upstream: httpx.AsyncClient) -> str:
    async with free:
        response = await upstream.get("/delay/5")
    return response.raise_for_status().text
