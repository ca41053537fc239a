"""The most connections with which a server keeps up: doubled, and then bisected. Pure."""

import math
from collections.abc import Mapping

# So near are the most with which it keeps up, and the fewest with which it doesn't, at the end.
WITHIN = 0.05
# Numbers that are bisected to are multiples of it: as many rooms have equally many members.
STEP = 4


def next_connections(first: int, most: int, keeps_up: Mapping[int, bool]) -> int | None:
    """What is to be tried next, from `first` to `most`; None when the search is over.
    `keeps_up`: by the numbers that were tried."""
    fewest = min((tried for tried, kept in keeps_up.items() if not kept), default=None)
    kept = [tried for tried in keeps_up if fewest is None or tried < fewest]
    if not kept:
        return first if fewest is None else None
    at_most = max(kept)
    if fewest is None:
        return min(2 * at_most, most) if at_most < most else None
    if fewest <= (1 + WITHIN) * at_most:
        return None
    middle = STEP * round(math.sqrt(at_most * fewest) / STEP)
    return middle if at_most < middle < fewest else None
