"""PostgreSQL by asyncpg alone: a pool, of which each request takes a connection."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import Depends

POOL = int(os.environ["POOL"])

_pools: list[asyncpg.Pool] = []


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    opening = asyncpg.create_pool(os.environ["DATABASE"], min_size=POOL, max_size=POOL)
    async with opening as pool:
        _pools.append(pool)
        yield


async def get_connection() -> AsyncIterator[asyncpg.Connection]:
    async with _pools[-1].acquire() as connection:
        yield connection


Database = Annotated[asyncpg.Connection, Depends(get_connection)]
