"""The workloads on asyncio streams, one process with one event loop."""

import argparse
import asyncio
import signal

from bulk import upload
from cpu import Cpu, OnTheLoop
from cpu_work import calibrate
from database import Database
from http_server import listen
from messages import Reply, Request
from routes import route
from streaming import Stream
from upstream import Upstream


async def serve(port: int, database: Database, upstream: Upstream, cpu: Cpu) -> None:
    async def answer(request: Request) -> Reply | Stream:
        return await route(request, database, upstream, cpu)

    server = await listen("127.0.0.1", port, answer, {"/upload": upload})
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    server.close()


def run(cpu: Cpu) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--database", default="")
    parser.add_argument("--upstream", default="")
    options = parser.parse_args()

    database, upstream = Database(options.database), Upstream(options.upstream)
    asyncio.run(serve(options.port, database, upstream, cpu))


if __name__ == "__main__":
    calibrate()
    run(OnTheLoop())
