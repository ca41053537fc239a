"""Requests to another service, many at once."""

import asyncio
import os
from functools import cache

import aiohttp
from django.http import HttpRequest, HttpResponse, JsonResponse

from validation import read_number
from workloads.validated import validated

CONNECTIONS = 64 // int(os.environ["WORKERS"])


@cache
def upstream() -> aiohttp.ClientSession:
    """One for the process: Django has no place of its own for what lives as long as the loop."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    return aiohttp.ClientSession(os.environ["UPSTREAM"], connector=connector)


@validated
async def fanout(request: HttpRequest) -> HttpResponse:
    count = read_number(request.GET.get("n"), 1, 20)
    replies = await asyncio.gather(*(ask() for _ in range(count)))
    return JsonResponse({"replies": replies})


async def ask() -> str:
    async with upstream().get("/delay/5", raise_for_status=True) as response:
        return await response.text()
