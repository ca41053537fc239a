from collections.abc import AsyncIterator

import aiohttp_session
from aiohttp import web
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis

from session_storage import SESSION_SECONDS, new_key


def add_redis_sessions(app: web.Application, url: str) -> None:
    redis = Redis.from_url(url)

    async def closed(app: web.Application) -> AsyncIterator[None]:
        async with redis:
            yield

    app.cleanup_ctx.append(closed)
    storage = RedisStorage(redis, max_age=SESSION_SECONDS, samesite="Lax", key_factory=new_key)
    aiohttp_session.setup(app, storage)
