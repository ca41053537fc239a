"""SQLite off the event loop: a few threads, each with a connection of its own."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

import raw_database

THREADS = 4  # as many as Node.js has for its files

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(THREADS)
        self._local = threading.local()

    async def run(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def run() -> T:
            if not hasattr(self._local, "connection"):
                self._local.connection = raw_database.connect(self._path)
            return query(self._local.connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)
