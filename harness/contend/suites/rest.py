"""Which lanes can't rest beside others. Pure."""

import statistics
from collections.abc import Iterable, Mapping

# Of a core: a lane that uses more while others are loaded can't rest beside them.
RESTLESS_SHARE = 0.01
# A single block may have met a busy machine.
_LEAST_BLOCKS = 2


def restless(shares: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Lanes that used more of a core than they may, with the mean of what they used in each block
    of a workload while others were loaded."""
    used: dict[str, list[float]] = {}
    for of_block in shares:
        for lane, share in of_block.items():
            used.setdefault(lane, []).append(share)
    means = {
        lane: statistics.fmean(found) for lane, found in used.items() if len(found) >= _LEAST_BLOCKS
    }
    return {lane: share for lane, share in means.items() if share > RESTLESS_SHARE}
