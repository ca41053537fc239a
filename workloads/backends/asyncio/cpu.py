"""Where the CPU work of workloads 6a and 6b is done."""

from typing import Protocol

import cpu_work


class Cpu(Protocol):
    async def burn(self, ms: int) -> None: ...
    async def count_primes(self) -> int: ...


class OnTheLoop:
    """As Node.js: what that costs the others is what the workloads ask."""

    async def burn(self, ms: int) -> None:
        cpu_work.burn(ms)

    async def count_primes(self) -> int:
        return cpu_work.count_primes()
