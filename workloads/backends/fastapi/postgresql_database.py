"""PostgreSQL by SQLAlchemy's asynchronous session."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

URL = make_url(os.environ["DATABASE"]).set(drivername="postgresql+asyncpg")

engine = create_async_engine(URL, pool_size=int(os.environ["POOL"]), max_overflow=0)
async_session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with async_session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]
