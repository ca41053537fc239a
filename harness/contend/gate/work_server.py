"""The server that the gate tries itself on: work of a set size a request, in this interpreter.

Run as a program. Its work is counted in rounds of a loop, not in time, so that a fresh process is
as slow or fast as its core, its memory and its interpreter make it; a regression is put in by more
rounds, or by a delay of some of the responses.
"""

import argparse
import asyncio
import random
from dataclasses import dataclass

from contend.machine.ports import HOST

_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    rounds: int  # of the loop, a request
    delayed: float = 0.0  # share of the responses
    delay_s: float = 0.0


def work(rounds: int) -> int:
    total = 0
    for number in range(rounds):
        total = (total * 31 + number) & 0xFFFFFFFF
    return total


class Connection(asyncio.Protocol):
    """Answers requests without a body, one after the other."""

    def __init__(self, load: Load, draw: random.Random) -> None:
        self._load, self._draw = load, draw
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(_END)) >= 0:
            self._received = self._received[end + len(_END) :]
            work(self._load.rounds)
            if self._draw.random() < self._load.delayed:
                asyncio.get_running_loop().call_later(self._load.delay_s, self._reply)
            else:
                self._reply()

    def _reply(self) -> None:
        self._transport.write(_REPLY)


async def serve(port: int, load: Load) -> None:
    draw = random.Random(1)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(load, draw), HOST, port)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--delayed", type=float, default=0.0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    given = parser.parse_args()
    asyncio.run(serve(given.port, Load(given.rounds, given.delayed, given.delay_ms / 1000)))


if __name__ == "__main__":
    main()
