"""The tables, what SQLite is told on every connection, and a request's session."""

import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['DATABASE']}")
async_session = async_sessionmaker(engine, expire_on_commit=False)


class Table(DeclarativeBase):
    pass


class World(Table):
    __tablename__ = "world"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


class Fortune(Table):
    __tablename__ = "fortune"

    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]


class Account(Table):
    __tablename__ = "account"

    name: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str]
    password: Mapped[str]


class Session(Table):
    __tablename__ = "session"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    expires: Mapped[int]


@event.listens_for(engine.sync_engine, "connect")
def set_pragmas(connection: Any, entry: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with async_session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]
