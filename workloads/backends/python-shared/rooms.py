"""Rooms of WebSockets: what a member says, every member of its room hears, itself too."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial

Message = str | bytes

# A member with more than this to hear is dropped: memory is for those that keep up.
MOST_UNHEARD = 1024 * 1024
FRAME_HEAD = 2  # what an empty message takes


class Member:
    """Made by Rooms.join()."""

    def __init__(self, say: Callable[[Message], Awaitable[None]]) -> None:
        self._say = say
        self._unheard: asyncio.Queue[Message] = asyncio.Queue()
        self._unheard_size = 0
        self._behind: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_too_slow(self) -> bool:
        return self._behind.done()

    async def take_part(
        self, messages: AsyncIterable[Message], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Until its messages end or it is too slow: its connection is to be closed then."""
        async with asyncio.TaskGroup() as tasks:
            saying = tasks.create_task(self._talk(messages))
            hearing = tasks.create_task(self._hear(send))
            await asyncio.wait([saying, hearing, self._behind], return_when=asyncio.FIRST_COMPLETED)
            saying.cancel()
            hearing.cancel()

    async def _talk(self, messages: AsyncIterable[Message]) -> None:
        async for message in messages:
            await self._say(message)

    # Each has a queue: were a message sent to each in turn, one slow member would hold up the rest.
    async def _hear(self, send: Callable[[Message], Awaitable[None]]) -> None:
        while True:
            message = await self._unheard.get()
            await send(message)
            self._unheard_size -= len(message) + FRAME_HEAD

    def tell(self, message: Message) -> None:
        if self._unheard_size <= MOST_UNHEARD:
            self._unheard_size += len(message) + FRAME_HEAD
            self._unheard.put_nowait(message)
        elif not self._behind.done():
            self._behind.set_result(None)


class Rooms:
    def __init__(self) -> None:
        self._members: dict[str, set[Member]] = {}

    @contextmanager
    def join(self, name: str) -> Iterator[Member]:
        """Join before the client knows that it is in: it misses nothing that is said after that."""
        room = self._members.setdefault(name, set())
        member = Member(partial(self.say, name))
        room.add(member)
        try:
            yield member
        finally:
            room.remove(member)
            if not room:
                del self._members[name]

    async def say(self, name: str, message: Message) -> None:
        self.tell(name, message)

    def tell(self, name: str, message: Message) -> None:
        """The members that are in this process."""
        for member in self._members.get(name, ()):
            member.tell(message)
