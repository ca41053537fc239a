"""The server of ../asyncio with its CPU work in processes, so that its loop is never held up."""

import asyncio
import os
from concurrent.futures import ProcessPoolExecutor

import cpu_work
from server import run


class InProcesses:
    """A process for each core; they burn at the calibration of this one."""

    def __init__(self, pool: ProcessPoolExecutor, iterations_per_ms: int) -> None:
        self._pool = pool
        self._iterations_per_ms = iterations_per_ms

    async def burn(self, ms: int) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, cpu_work.burn, ms, self._iterations_per_ms)

    async def count_primes(self) -> int:
        return await asyncio.get_running_loop().run_in_executor(self._pool, cpu_work.count_primes)


if __name__ == "__main__":
    processes = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(cpu_work.burn, [0] * processes, [1] * processes))  # they are there
        run(InProcesses(pool, cpu_work.calibrate()))
