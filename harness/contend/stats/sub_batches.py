"""The latencies of one trial in order of time, as sub-batches of equal length: figures of each.

Immutable; pure functions of counts. A sub-batch is a row of a coarse histogram, and a figure of it
is interpolated within its bucket.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SubBatches:
    """`counts` has a row a sub-batch and a column a bucket, whose edges are `edges_ns`."""

    counts: NDArray[np.uint64]
    edges_ns: NDArray[np.int64]
    width_ns: int  # of each sub-batch

    def __len__(self) -> int:
        return len(self.counts)

    @cached_property
    def sizes(self) -> Floats:
        """Requests in each."""
        sizes: Floats = self.counts.sum(axis=1).astype(float)
        return sizes

    @property
    def requests(self) -> int:
        return int(self.sizes.sum())

    @cached_property
    def pooled(self) -> "SubBatches":
        """All of them as one."""
        return self.merged(1) if len(self) else self

    def merged(self, batches: int) -> "SubBatches":
        """Consecutive ones together, as many in each; what is over is left out at the start."""
        each = len(self) // batches
        last = self.counts[len(self) - batches * each :]
        counts = last.reshape(batches, each, -1).sum(axis=1)
        return SubBatches(counts, self.edges_ns, self.width_ns * each)

    def without(self, first: int) -> "SubBatches":
        return SubBatches(self.counts[first:], self.edges_ns, self.width_ns)

    def means(self) -> Floats:
        """REQUIRES, as quantiles(): none is empty."""
        found: Floats = self._sums / self.sizes
        return found

    def quantiles(self, quantile: float) -> Floats:
        counts = self.counts
        below = self._below
        wanted = quantile * self.sizes
        column = (below < wanted[:, None]).sum(axis=1)
        row = np.arange(len(self))
        inside = counts[row, column]
        share = (wanted - (below[row, column] - inside)) / np.where(inside > 0, inside, 1.0)
        widths = np.diff(self.edges_ns)
        found: Floats = self.edges_ns[column] + share * widths[column]
        return found

    def column_at(self, quantile: float) -> int:
        """Of the bucket that a quantile of the first row falls into."""
        return int((self._below[0] < quantile * self.sizes[0]).sum())

    def bucket_at(self, quantile: float) -> tuple[int, int]:
        column = self.column_at(quantile)
        return int(self.edges_ns[column]), int(self.edges_ns[column + 1])

    def deviations(self, quantile: float | None) -> tuple[Floats, float]:
        """What each has more than its share, and the variance of one request in the same terms.

        Of a quantile it is requests above it, of the mean (None) it is time. A sub-batch is
        compared with what as many requests have on average, so that their number may differ.
        """
        if quantile is None:
            mean = float(self.pooled.means()[0])
            squares = self.pooled.counts[0] @ (self._middles - mean) ** 2
            return self._sums - mean * self.sizes, float(squares / self.requests)
        at = float(self.pooled.quantiles(quantile)[0])
        column = self.pooled.column_at(quantile)
        low, high = self.edges_ns[column : column + 2]
        above = self.counts[:, column + 1 :].sum(axis=1)
        above = above + self.counts[:, column] * ((high - at) / (high - low))
        share = float(above.sum() / self.requests)
        return above - share * self.sizes, share * (1 - share)

    @cached_property
    def _below(self) -> Floats:
        below: Floats = self.counts.cumsum(axis=1).astype(float)
        return below

    @cached_property
    def _middles(self) -> Floats:
        return (self.edges_ns[:-1] + self.edges_ns[1:] - 1) / 2

    @property
    def _sums(self) -> Floats:
        return self.counts @ self._middles
