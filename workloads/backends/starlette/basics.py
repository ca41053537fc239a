"""What needs no other services."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse

from cpu_work import burn, count_primes


async def plaintext(request: Request) -> PlainTextResponse:
    return PlainTextResponse("Hello, World!")


async def json(request: Request) -> JSONResponse:
    return JSONResponse({"message": "Hello, World!"})


async def delay(request: Request) -> PlainTextResponse:
    ms = request.path_params["ms"]
    await asyncio.sleep(ms / 1000)
    return PlainTextResponse(str(ms))


# Starlette runs a plain `def` in a thread.
def cpu(request: Request) -> PlainTextResponse:
    ms = request.path_params["ms"]
    burn(ms)
    return PlainTextResponse(str(ms))


def work(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(count_primes()))
