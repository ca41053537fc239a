"""Rooms of WebSockets: what a member says, every member of its room hears, itself too."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

Message = str | bytes

# A member with more than this to hear is dropped: memory is for those that keep up.
MOST_UNHEARD = 1024 * 1024
FRAME_HEAD = 2  # what an empty message takes


class Member:
    """Made by Rooms.join()."""

    def __init__(self, say: Callable[[Message], Awaitable[None]]) -> None:
        self._say = say
        self._send: Callable[[Message], Awaitable[None]] | None = None
        self._unheard: deque[Message] = deque()
        self._unheard_size = 0
        self._hearing: asyncio.Task[None] | None = None
        self._talking = asyncio.timeout(None)
        self.is_too_slow = False

    async def take_part(
        self, messages: AsyncIterable[Message], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Until its messages end or it is too slow: its connection is to be closed then."""
        self._send = send
        try:
            async with self._talking:
                self._hear()
                async for message in messages:
                    await self._say(message)
        except TimeoutError:
            if not self.is_too_slow:
                raise
        finally:
            self._send = None
            if self._hearing is not None:
                self._hearing.cancel()

    def tell(self, message: Message) -> None:
        if self._unheard_size <= MOST_UNHEARD:
            self._unheard_size += len(message) + FRAME_HEAD
            self._unheard.append(message)
            self._hear()
        elif self._send is not None and not self.is_too_slow:
            self.is_too_slow = True
            self._talking.reschedule(asyncio.get_running_loop().time())

    def _hear(self) -> None:
        if self._send is not None and (self._hearing is None or self._hearing.done()):
            self._hearing = at_once(self._hear_all(self._send))

    # A member that keeps up hears at once. One that is slow holds nobody up: what it has not heard
    # waits for it alone.
    async def _hear_all(self, send: Callable[[Message], Awaitable[None]]) -> None:
        while self._unheard:
            message = self._unheard.popleft()
            await send(message)
            self._unheard_size -= len(message) + FRAME_HEAD


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


def at_once(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that runs until it has to wait, before this returns: CPython 3.12 and later."""
    if sys.version_info < (3, 12):
        return asyncio.create_task(coroutine)
    return asyncio.Task(coroutine, loop=asyncio.get_running_loop(), eager_start=True)
