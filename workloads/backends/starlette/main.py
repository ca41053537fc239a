"""The workloads on Starlette: `uvicorn main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

import aiohttp
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

import basics
import bulk
import fanout
import orders
import streams
from cpu_work import calibrate
from rooms import Rooms


class State(TypedDict):
    upstream: aiohttp.ClientSession
    rooms: Rooms


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[State]:
    calibrate()
    async with fanout.open_upstream() as upstream:
        yield State(upstream=upstream, rooms=Rooms())


async def unprocessable(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=422)


app = Starlette(
    lifespan=lifespan,
    exception_handlers={ValidationError: unprocessable},
    routes=[
        Route("/plaintext", basics.plaintext),
        Route("/json", basics.json),
        Route("/delay/{ms:int}", basics.delay),
        Route("/cpu/{ms:int}", basics.cpu),
        Route("/work", basics.work),
        Route("/orders/{order_id:int}", orders.place_order, methods=["POST"]),
        Route("/fanout", fanout.fanout),
        Route("/events", streams.events),
        Route("/download", bulk.download),
        Route("/upload", bulk.upload, methods=["POST"]),
        WebSocketRoute("/ws/echo", streams.echo),
        WebSocketRoute("/ws/chat", streams.chat),
    ],
)
