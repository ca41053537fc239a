"""Rooms with members in several processes: what one says is published, and each process, which
hears all that is published, tells its own members.
"""

import asyncio
from types import TracebackType
from typing import Self

from redis.asyncio import Redis

from rooms import Message, Rooms


class RedisRooms(Rooms):
    """Opened by `async with`, which hears nothing that was published before."""

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._redis = redis
        self._subscription = redis.pubsub()

    async def __aenter__(self) -> Self:
        await self._subscription.psubscribe("chat:*")
        await self._subscription.get_message(timeout=None)  # that it is subscribed
        self._hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._hearing.cancel()
        await asyncio.wait([self._hearing])
        await self._subscription.aclose()

    async def say(self, name: str, message: Message) -> None:
        kind = "text" if isinstance(message, str) else "binary"
        await self._redis.publish(f"chat:{kind}:{name}", message)

    async def _hear(self) -> None:
        async for event in self._subscription.listen():
            _, kind, name = event["channel"].decode().split(":", 2)
            data = event["data"]
            self.tell(name, data.decode() if kind == "text" else data)
