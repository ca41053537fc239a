"""How fast the servers' cores ran: figures of a side that had faster ones are the machine's."""

from collections.abc import Callable, Sequence
from pathlib import Path

# By which the sides' means may differ.
MOST_APART = 0.02


def read_khz(cores: Sequence[int], read: Callable[[str], str | None] | None = None) -> int | None:
    """The mean of the cores right after a burst; None where the machine doesn't tell, as most
    virtual ones."""
    read = read or _read
    found = []
    for core in cores:
        text = read(f"/sys/devices/system/cpu/cpu{core}/cpufreq/scaling_cur_freq")
        if text is None or not text.strip().isdecimal():
            return None
        found.append(int(text))
    return sum(found) // len(found) if found else None


def why_unequal(baseline: Sequence[int | None], candidate: Sequence[int | None]) -> str | None:
    """None where both sides' bursts ran equally fast, or nobody knows."""
    means = []
    for side in (baseline, candidate):
        known = [one for one in side if one is not None]
        if not known or len(known) < len(side):
            return None
        means.append(sum(known) / len(known))
    if abs(means[1] - means[0]) <= MOST_APART * means[0]:
        return None
    sides = [f"at {mean / 1e3:.0f} MHz for the" for mean in means]
    return f"its cores ran {sides[0]} baseline, {sides[1]} candidate"


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError:
        return None
