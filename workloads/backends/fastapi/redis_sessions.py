import os

from fastapi import Request
from redis.asyncio import BlockingConnectionPool, Redis


class RedisSessions:
    def __init__(self, request: Request) -> None:
        self._redis = request.state.redis

    async def add(self, session_id: str, name: str, seconds: int) -> None:
        await self._redis.set(f"session:{session_id}", name, ex=seconds)

    async def name(self, session_id: str | None) -> str | None:
        name = await self._redis.get(f"session:{session_id}")
        return name and name.decode()


def connect(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(url, max_connections=int(os.environ["POOL"]))
    return Redis(connection_pool=pool)
