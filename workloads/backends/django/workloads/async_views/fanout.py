"""Requests to another service, many at once."""

import asyncio
import os

import httpx
from django.http import HttpRequest, HttpResponse, JsonResponse

from validation import read_number
from workloads.validated import validated

CONNECTIONS = 64 // int(os.environ["WORKERS"])

upstream = httpx.AsyncClient(
    base_url=os.environ["UPSTREAM"],
    limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
    timeout=httpx.Timeout(5, pool=None),  # a request waits for a connection as long as it must
)
# httpx searches its pool for all that wait for it whenever one is through: they wait here.
free = asyncio.Semaphore(CONNECTIONS)


@validated
async def fanout(request: HttpRequest) -> HttpResponse:
    count = read_number(request.GET.get("n"), 1, 20)
    replies = await asyncio.gather(*(ask() for _ in range(count)))
    return JsonResponse({"replies": replies})


async def ask() -> str:
    async with free:
        response = await upstream.get("/delay/5")
    return response.raise_for_status().text
