"""Requests to another service, many at once, on asyncio streams."""

import asyncio
from collections.abc import Iterable
from urllib.parse import urlsplit

CONNECTIONS = 64

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Upstream:
    """Kept-alive connections; who finds none free waits for one."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[Connection] = []

    async def ask(self, paths: Iterable[str]) -> list[str]:
        return await asyncio.gather(*map(self._get, paths))

    async def _get(self, path: str) -> str:
        async with self._places:
            while self._idle:
                try:
                    return await self._exchange(self._idle.pop(), path)
                except (ConnectionError, asyncio.IncompleteReadError):
                    continue  # it was closed while nobody used it
            address = self._address.hostname, self._address.port
            return await self._exchange(await asyncio.open_connection(*address), path)

    async def _exchange(self, connection: Connection, path: str) -> str:
        reader, writer = connection
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._address.netloc}\r\n\r\n".encode())
            status, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].lower().split(b"\r\n")
            headers = dict(line.split(b": ", 1) for line in lines)
            text = (await reader.readexactly(int(headers[b"content-length"]))).decode()
            if status.split()[1] != b"200":
                raise RuntimeError(f"{path} was answered with {status.decode()}")
        except BaseException:
            writer.close()
            raise
        if headers.get(b"connection") == b"close":
            writer.close()
        else:
            self._idle.append(connection)
        return text
