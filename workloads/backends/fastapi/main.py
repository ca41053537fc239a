"""The workloads on FastAPI: `uvicorn main:app`."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from importlib import import_module
from typing import Any, TypedDict

import aiohttp
from fastapi import FastAPI, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse

import basics
import bulk
import chat
import echo
import events
import fanout
import orders
from cpu_work import calibrate
from rooms import Rooms

WORKERS = int(os.environ["WORKERS"])
REDIS = os.environ["REDIS"]
IS_POSTGRESQL = os.environ["DATABASE"].startswith("postgresql:")
MAPPER = os.environ.get("MAPPER", "postgresql")  # or asyncpg, without one


class State(TypedDict):
    upstream: aiohttp.ClientSession
    redis: Any  # a client, or None
    rooms: Rooms


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    calibrate()
    async with (
        fanout.open_upstream() as upstream,
        open_postgresql(),
        open_redis() as redis,
        open_rooms(redis) as rooms,
    ):
        yield State(upstream=upstream, redis=redis, rooms=rooms)


def open_postgresql() -> AbstractAsyncContextManager[Any]:
    if not IS_POSTGRESQL:
        return nullcontext()
    opened: AbstractAsyncContextManager[Any] = import_module(f"{MAPPER}_database").opened()
    return opened


def open_redis() -> AbstractAsyncContextManager[Any]:
    if not REDIS:
        return nullcontext()
    from redis_accounts import connect  # only where it is used: memory is measured

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


def stored() -> tuple[str, ...]:
    """The modules of what is kept in a database. Of drivers the one in use is imported: memory is
    measured."""
    if IS_POSTGRESQL:  # sessions are kept in SQLite or in Redis
        return (f"{MAPPER}_world", f"{MAPPER}_fortunes")
    return ("sqlite_world", "sqlite_fortunes", "redis_accounts" if REDIS else "sqlite_accounts")


app = FastAPI(lifespan=lifespan)
app.add_exception_handler(RequestValidationError, unprocessable)
app.add_exception_handler(400, unreadable)
for part in (basics, orders, fanout, echo, events, bulk):
    app.include_router(part.router)
for name in stored():
    app.include_router(import_module(name).router)
if WORKERS == 1 or REDIS:  # else each process would have rooms of its own
    app.include_router(chat.router)
