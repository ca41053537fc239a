"""The workloads on aiohttp.web, one process with one event loop."""

import argparse
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import aiohttp_jinja2
import aiohttp_session
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
from database import POOL, Pool
from rooms import Rooms
from schemas import LARGEST_BODY
from session_storage import SQLiteStorage

CONNECTIONS = 64


def make_app(database: str, upstream: str) -> web.Application:
    pool = Pool(database)
    storage = SQLiteStorage(pool)

    async def database_pool(app: web.Application) -> AsyncIterator[None]:
        async with pool:
            await storage.prepare()
            yield

    async def upstream_client(app: web.Application) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(upstream, connector=connector) as client:
            app[fanout.UPSTREAM] = client
            yield

    app = web.Application(middlewares=[unprocessable], client_max_size=LARGEST_BODY)
    app[POOL] = pool
    app[chat.ROOMS] = Rooms()
    app[web_socket.OPEN] = weakref.WeakSet()
    app.on_shutdown.append(web_socket.close_all)
    app.cleanup_ctx.extend([database_pool, upstream_client])
    aiohttp_session.setup(app, storage)
    templates = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    # In production no file is looked at for changes.
    aiohttp_jinja2.setup(app, loader=templates, auto_reload=False)
    for part in (basics, orders, fanout, world, fortunes, accounts, echo, chat, events, bulk):
        app.add_routes(part.routes)
    return app


@web.middleware
async def unprocessable(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--database", default="")
    parser.add_argument("--upstream", default="")
    options = parser.parse_args()

    calibrate()
    app = make_app(options.database, options.upstream)
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
    )


if __name__ == "__main__":
    main()
