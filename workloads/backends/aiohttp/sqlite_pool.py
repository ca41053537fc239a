"""aiosqlite has a thread for each connection, and no pool: this is one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

import aiosqlite
from aiohttp import web

CONNECTIONS = 4  # as many as Node.js has threads for its files


class Pool:
    """Opened by `async with`. Connections are in autocommit: a transaction is begun by hand."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for _ in range(CONNECTIONS):
            opening = aiosqlite.connect(self._path, isolation_level=None)
            connection = await self._open.enter_async_context(opening)
            await connection.execute("PRAGMA synchronous = NORMAL")
            await connection.execute("PRAGMA busy_timeout = 5000")
            self._idle.put_nowait(connection)
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._open.aclose()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiosqlite.Connection]:
        connection = await self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put_nowait(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self.connection() as connection:
            try:
                # IMMEDIATE, as SQLite refuses to let a transaction write that has read what is out
                # of date.
                await connection.execute("BEGIN IMMEDIATE")
                yield connection
                await connection.commit()
            except BaseException:
                await connection.rollback()
                raise

    async def execute(self, statement: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """One statement; its rows."""
        async with self.connection() as connection:
            return list(await connection.execute_fetchall(statement, values))


POOL = web.AppKey("pool", Pool)
