from collections.abc import AsyncIterator

import aiohttp_session
from aiohttp import web

from database import DATABASE
from session_storage import SQLiteStorage
from sqlite_database import SqliteDatabase
from sqlite_pool import POOL, Pool


def add_sqlite(app: web.Application, path: str) -> None:
    async def database(app: web.Application) -> AsyncIterator[None]:
        async with app[POOL]:
            yield

    app[POOL] = Pool(path)
    app[DATABASE] = SqliteDatabase(app[POOL])
    app.cleanup_ctx.append(database)


def add_sqlite_sessions(app: web.Application) -> None:
    """REQUIRES: SQLite was added before."""
    storage = SQLiteStorage(app[POOL])

    async def prepared(app: web.Application) -> AsyncIterator[None]:
        await storage.prepare()
        yield

    app.cleanup_ctx.append(prepared)
    aiohttp_session.setup(app, storage)
