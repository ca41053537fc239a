"""CPU that is burned in Python bytecode: the handler of the reference server python-callable.

The same loop and calibration as workloads/backends/python-shared. `burn` may be called by any
thread, and holds the GIL as long as the interpreter lets it.
"""

import statistics
import time
from collections.abc import Callable

_NS_PER_MS = 1_000_000


def calibrated_burner() -> Callable[[int], None]:
    """burn(cpu_ns), which computes as long as this thread would now take CPU for it."""
    _measure_rate(0.05)  # by then the interpreter has specialised the loop
    iterations_per_ms = round(statistics.median(_measure_rate(0.03) for _ in range(5)))

    def burn(cpu_ns: int) -> None:
        _spin(cpu_ns * iterations_per_ms // _NS_PER_MS)

    return burn


def _spin(iterations: int) -> int:
    """Marsaglia's xorshift on 32 bits."""
    value = 1
    for _ in range(iterations):
        value ^= (value << 13) & 0xFFFFFFFF
        value ^= value >> 17
        value ^= (value << 5) & 0xFFFFFFFF
    return value


def _measure_rate(duration_s: float) -> float:
    """Iterations of _spin() that take one millisecond of this thread's CPU."""
    chunk = 1000
    iterations = 0
    start = time.thread_time()
    while (elapsed := time.thread_time() - start) < duration_s:
        _spin(chunk)
        iterations += chunk
    return iterations / (elapsed * 1000)
