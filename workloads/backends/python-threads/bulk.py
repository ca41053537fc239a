from collections.abc import Iterable
from itertools import repeat

from messages import Reply, json_reply
from pieces import PIECE, PIECES
from streaming import Stream


def download() -> Stream:
    return Stream({"Content-Type": "application/octet-stream"}, repeat(PIECE, PIECES))


def upload(parts: Iterable[bytes]) -> Reply:
    return json_reply({"bytes": sum(map(len, parts))})
