"""The gate: is a candidate slower than its baseline? Paired blocks, predeclared looks, and a
verdict that may be "inconclusive"."""
