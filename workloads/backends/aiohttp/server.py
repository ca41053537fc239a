"""The workloads on aiohttp.web, one process with one event loop."""

import argparse
import asyncio
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

import accounts
import basics
import bulk
import chat
import echo
import events
import fanout
import fortunes
import orders
import web_socket
import world
from cpu_work import calibrate
from rooms import Rooms
from schemas import LARGEST_BODY
from sqlite_store import add_sqlite, add_sqlite_sessions

UPSTREAM_CONNECTIONS = 64


def make_app(database: str, connections: int, redis: str, upstream: str) -> web.Application:
    async def upstream_client(app: web.Application) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=UPSTREAM_CONNECTIONS)
        async with aiohttp.ClientSession(upstream, connector=connector) as client:
            app[fanout.UPSTREAM] = client
            yield

    app = web.Application(middlewares=[unprocessable], client_max_size=LARGEST_BODY)
    app[chat.ROOMS] = Rooms()
    app[web_socket.OPEN] = weakref.WeakSet()
    app.on_shutdown.append(web_socket.close_all)
    app.cleanup_ctx.append(upstream_client)
    templates = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    # In production no file is looked at for changes.
    aiohttp_jinja2.setup(app, loader=templates, auto_reload=False)
    for part in (basics, orders, fanout, world, fortunes, echo, chat, events, bulk):
        app.add_routes(part.routes)
    # Of drivers the one in use is imported: memory is measured.
    if database.startswith("postgresql:"):
        from postgresql_store import add_postgresql

        add_postgresql(app, database, connections)
        return app
    # Sessions are kept in SQLite or in Redis: beside PostgreSQL there are no accounts.
    add_sqlite(app, database)
    if redis:
        from redis_store import add_redis

        add_redis(app, redis, connections)
    else:
        add_sqlite_sessions(app)
    app.add_routes(accounts.routes)
    return app


@web.middleware
async def unprocessable(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error


def main(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """On asyncio's own loop, or another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--database", default="")
    parser.add_argument("--pool", type=int, default=16)
    parser.add_argument("--redis", default="")
    parser.add_argument("--upstream", default="")
    options = parser.parse_args()

    calibrate()
    app = make_app(options.database, options.pool, options.redis, options.upstream)
    # aiohttp's backlog is 128: connections that are opened together need more.
    web.run_app(
        app,
        host="127.0.0.1",
        port=options.port,
        backlog=511,
        shutdown_timeout=web_socket.CLOSING_SECONDS,
        handler_cancellation=True,  # a client that leaves ends its events
        access_log=None,
        print=None,
        loop=loop,
    )


if __name__ == "__main__":
    main()
