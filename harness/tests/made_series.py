"""Series of latencies made by hand, as the engine would keep them: for tests of what is known."""

import numpy as np
from contend.stats.sub_batches import Floats, SubBatches

MS_NS = 1_000_000
WIDTH_NS = 100 * MS_NS
# Each bucket 1/128 wider than the one before, from 1 µs to 100 s.
EDGES_NS = np.unique(np.round(1000 * (129 / 128) ** np.arange(2371)).astype(np.int64))


def series(latencies_ns: Floats, sub_batches: int, width_ns: int = WIDTH_NS) -> SubBatches:
    """As many latencies in each; what is over is left out at the end."""
    each = len(latencies_ns) // sub_batches
    buckets = np.searchsorted(EDGES_NS, latencies_ns[: each * sub_batches], side="right") - 1
    first, last = int(buckets.min()), int(buckets.max())
    columns = last - first + 1
    places = np.repeat(np.arange(sub_batches), each) * columns + buckets - first
    counts = np.bincount(places, minlength=sub_batches * columns).astype(np.uint64)
    return SubBatches(counts.reshape(sub_batches, columns), EDGES_NS[first : last + 2], width_ns)


def steady(requests: int, sub_batches: int = 100, seed: int = 1) -> SubBatches:
    """Independent exponential latencies with a mean of 1 ms."""
    random = np.random.default_rng(seed)
    return series(MS_NS * (0.01 + random.exponential(size=requests)), sub_batches)


def ar1(n: int, phi: float, seed: int = 1) -> Floats:
    """Of variance 1; its integrated autocorrelation time is (1 + phi) / (1 - phi)."""
    random = np.random.default_rng(seed)
    noise = np.sqrt(1 - phi**2) * random.normal(size=n)
    values = np.empty(n)
    last = random.normal()
    for i in range(n):
        values[i] = last = phi * last + noise[i]
    return values
