"""Sessions of aiohttp-session in SQLite, for which no storage is kept."""

import secrets
import time

from aiohttp import web
from aiohttp_session import AbstractStorage, Session

from sqlite_pool import Pool

SESSION_SECONDS = 14 * 24 * 3600


def new_key() -> str:
    return secrets.token_urlsafe(32)


class SQLiteStorage(AbstractStorage):
    """REQUIRES: prepare() before the first request."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(max_age=SESSION_SECONDS, samesite="Lax")
        self._pool = pool

    async def prepare(self) -> None:
        await self._pool.execute(
            "CREATE TABLE IF NOT EXISTS aiohttp_session"
            " (id TEXT PRIMARY KEY, data TEXT NOT NULL, expires INTEGER NOT NULL)"
        )

    async def load_session(self, request: web.Request) -> Session:
        key = self.load_cookie(request)
        rows = await self._pool.execute(
            "SELECT data FROM aiohttp_session WHERE id = ? AND expires > ?", (key, time.time())
        )
        for (data,) in rows:
            return Session(key, data=self._decoder(data), new=False, max_age=self.max_age)
        return await self.new_session()

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        key = session.identity or new_key()
        data = self._encoder(self._get_session_data(session))
        expires = int(time.time()) + SESSION_SECONDS
        await self._pool.execute(
            "INSERT OR REPLACE INTO aiohttp_session VALUES (?, ?, ?)", (key, data, expires)
        )
        self.save_cookie(response, key, max_age=session.max_age)
