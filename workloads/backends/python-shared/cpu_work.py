"""The CPU work of workloads 6a and 6b."""

import functools
import json
import statistics
import time

_CHUNK = 4000  # iterations, about half a millisecond
WORK_LIMIT = 500_000  # Node.js 26 counts the primes below it in about 20 ms


def _spin(iterations: int) -> int:
    """Marsaglia's xorshift on 32 bits, as the Node.js servers have it."""
    value = 1
    for _ in range(iterations):
        value ^= (value << 13) & 0xFFFFFFFF
        value ^= value >> 17
        value ^= (value << 5) & 0xFFFFFFFF
    return value


def _measure_rate(duration_s: float) -> float:
    """Iterations of _spin() that take one millisecond of this thread's CPU: by the lower quartile
    of many short pieces, for whatever else the machine does meanwhile makes some of them longer."""
    pieces = []
    before = start = time.perf_counter()
    while before < start + duration_s:
        _spin(_CHUNK)
        now = time.perf_counter()
        pieces.append(now - before)
        before = now
    return _CHUNK / (sorted(pieces)[len(pieces) // 4] * 1000)


@functools.cache
def calibrate() -> int:
    """Iterations a millisecond, told on stdout. Measured at the first call.

    REQUIRES: the first call before requests are served.
    """
    _measure_rate(0.05)  # by then the interpreter has specialised the loop
    # The median of several: one by itself may meet a slow moment of the machine.
    rate = round(statistics.median(_measure_rate(0.03) for _ in range(5)))
    print(json.dumps({"calibration": {"cpu_iterations_per_ms": rate}}), flush=True)
    return rate


def burn(ms: int, iterations_per_ms: int | None = None) -> int:
    """At another process's calibration where one is given."""
    return _spin(ms * (iterations_per_ms or calibrate()))


def count_primes(limit: int = WORK_LIMIT) -> int:
    """How many primes lie below limit, by trial division: the same loop in every language."""
    count = 1 if limit > 2 else 0
    for candidate in range(3, limit, 2):
        divisor = 3
        while divisor * divisor <= candidate and candidate % divisor != 0:
            divisor += 2
        if divisor * divisor > candidate:
            count += 1
    return count
