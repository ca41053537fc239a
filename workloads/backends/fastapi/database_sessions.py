import time

from sqlalchemy import select

from database import Database, Session


class DatabaseSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session_id: str, name: str, seconds: int) -> None:
        self._database.add(Session(id=session_id, name=name, expires=int(time.time()) + seconds))
        await self._database.commit()

    async def name(self, session_id: str | None) -> str | None:
        query = select(Session.name).where(Session.id == session_id, Session.expires > time.time())
        return await self._database.scalar(query)
