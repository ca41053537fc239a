"""Rooms of WebSockets: what a member says, every member of its room hears, itself too."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from contextlib import contextmanager

Message = str | bytes

# A member with more than this to hear is dropped: memory is for those that keep up.
MOST_UNHEARD = 1024 * 1024
FRAME_HEAD = 2  # what an empty message takes


class Member:
    """Made by Rooms.join()."""

    def __init__(self, room: set["Member"]) -> None:
        self._room = room
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
            saying = tasks.create_task(self._say(messages))
            hearing = tasks.create_task(self._hear(send))
            await asyncio.wait([saying, hearing, self._behind], return_when=asyncio.FIRST_COMPLETED)
            saying.cancel()
            hearing.cancel()

    async def _say(self, messages: AsyncIterable[Message]) -> None:
        async for message in messages:
            for member in self._room:
                member._tell(message)

    # Each has a queue: were a message sent to each in turn, one slow member would hold up the rest.
    async def _hear(self, send: Callable[[Message], Awaitable[None]]) -> None:
        while True:
            message = await self._unheard.get()
            await send(message)
            self._unheard_size -= len(message) + FRAME_HEAD

    def _tell(self, message: Message) -> None:
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
        member = Member(room)
        room.add(member)
        try:
            yield member
        finally:
            room.remove(member)
            if not room:
                del self._members[name]
