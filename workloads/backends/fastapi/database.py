"""The tables, where they are, what SQLite is told on every connection, and a request's session."""

import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DATABASE = os.environ["DATABASE"]
IS_POSTGRESQL = DATABASE.startswith("postgresql:")


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


def make_engine() -> AsyncEngine:
    if IS_POSTGRESQL:
        url = make_url(DATABASE).set(drivername="postgresql+asyncpg")
        return create_async_engine(url, pool_size=int(os.environ["POOL"]), max_overflow=0)
    engine = create_async_engine(f"sqlite+aiosqlite:///{DATABASE}")
    event.listen(engine.sync_engine, "connect", set_pragmas)
    return engine


def set_pragmas(connection: Any, entry: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()


engine = make_engine()
async_session = async_sessionmaker(engine, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with async_session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]


async def begin_writing(database: AsyncSession) -> None:
    """What is read next can be written."""
    if not IS_POSTGRESQL:
        # IMMEDIATE, as SQLite refuses to let a transaction write that has read what is out of date.
        await database.execute(text("BEGIN IMMEDIATE"))
