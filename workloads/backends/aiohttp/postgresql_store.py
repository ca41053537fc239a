from collections.abc import AsyncIterator

import asyncpg
from aiohttp import web

from database import DATABASE
from postgresql_database import PostgresqlDatabase


def add_postgresql(app: web.Application, url: str, connections: int) -> None:
    async def database(app: web.Application) -> AsyncIterator[None]:
        opening = asyncpg.create_pool(url, min_size=connections, max_size=connections)
        async with opening as pool:
            app[DATABASE] = PostgresqlDatabase(pool)
            yield

    app.cleanup_ctx.append(database)
