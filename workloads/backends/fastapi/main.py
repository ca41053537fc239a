"""The workloads on FastAPI: `uvicorn main:app`."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypedDict

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse

import accounts
import basics
import bulk
import chat
import echo
import events
import fanout
import fortunes
import orders
import world
from cpu_work import calibrate
from database import engine
from rooms import Rooms

WORKERS = int(os.environ["WORKERS"])
REDIS = os.environ["REDIS"]


class State(TypedDict):
    upstream: httpx.AsyncClient
    redis: Any  # a client, or None
    rooms: Rooms


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    calibrate()
    limits = httpx.Limits(
        max_connections=fanout.CONNECTIONS, max_keepalive_connections=fanout.CONNECTIONS
    )
    timeout = httpx.Timeout(5, pool=None)  # a request waits for a connection as long as it must
    async with (
        httpx.AsyncClient(
            base_url=os.environ["UPSTREAM"], limits=limits, timeout=timeout
        ) as upstream,
        open_redis() as redis,
        open_rooms(redis) as rooms,
    ):
        yield State(upstream=upstream, redis=redis, rooms=rooms)
    await engine.dispose()


def open_redis() -> AbstractAsyncContextManager[Any]:
    if not REDIS:
        return nullcontext()
    from redis_sessions import connect  # only where it is used: memory is measured

    return connect(REDIS)


def open_rooms(redis: Any) -> AbstractAsyncContextManager[Rooms]:
    if redis is None:
        return nullcontext(Rooms())
    from redis_rooms import RedisRooms

    return RedisRooms(redis)


async def unprocessable(request: Request, error: RequestValidationError) -> JSONResponse:
    """FastAPI's own says what was sent too, which fails when that can't be sent back, like NaN."""
    errors = [{"loc": one["loc"], "msg": one["msg"]} for one in error.errors()]
    return JSONResponse({"detail": errors}, status_code=422)


async def unreadable(request: Request, error: HTTPException) -> JSONResponse:
    """A body that is no text at all, for which FastAPI says 400."""
    return JSONResponse({"detail": error.detail}, status_code=422)


app = FastAPI(lifespan=lifespan)
app.add_exception_handler(RequestValidationError, unprocessable)
app.add_exception_handler(400, unreadable)
for part in (basics, orders, fanout, world, fortunes, accounts, echo, events, bulk):
    app.include_router(part.router)
if WORKERS == 1 or REDIS:  # else each process would have rooms of its own
    app.include_router(chat.router)
