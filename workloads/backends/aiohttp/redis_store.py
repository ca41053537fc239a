from collections.abc import AsyncIterator

import aiohttp_session
from aiohttp import web
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import BlockingConnectionPool, Redis

from chat import ROOMS
from redis_rooms import RedisRooms
from session_storage import SESSION_SECONDS, new_key


def add_redis(app: web.Application, url: str, connections: int) -> None:
    """For sessions, and for what is said in rooms."""
    pool = BlockingConnectionPool.from_url(url, max_connections=connections)
    redis = Redis(connection_pool=pool)
    rooms = RedisRooms(redis)

    async def opened(app: web.Application) -> AsyncIterator[None]:
        async with redis, rooms:
            yield

    app[ROOMS] = rooms
    app.cleanup_ctx.append(opened)
    storage = RedisStorage(redis, max_age=SESSION_SECONDS, samesite="Lax", key_factory=new_key)
    aiohttp_session.setup(app, storage)
