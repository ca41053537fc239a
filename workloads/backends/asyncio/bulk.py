from collections.abc import AsyncIterator

from messages import Reply, json_reply
from pieces import PIECE, PIECES
from streaming import Stream


def download() -> Stream:
    return Stream({"Content-Type": "application/octet-stream"}, _pieces())


async def upload(parts: AsyncIterator[bytes]) -> Reply:
    count = 0
    async for part in parts:
        count += len(part)
    return json_reply({"bytes": count})


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(PIECES):
        yield PIECE
