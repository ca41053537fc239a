"""How fast the servers' cores ran: figures of a side that had faster ones are the machine's."""

from collections.abc import Callable, Mapping, Sequence
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


def why_unequal(khz: Mapping[str, Sequence[int | None]]) -> str | None:
    """None where all lanes' bursts ran equally fast, or nobody knows."""
    means = {}
    for name, of_it in khz.items():
        known = [one for one in of_it if one is not None]
        if not known or len(known) < len(of_it):
            return None
        means[name] = sum(known) / len(known)
    slow, fast = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    if means[fast] - means[slow] <= MOST_APART * means[slow]:
        return None
    at = [f"{means[one] / 1e3:.0f} MHz for {one}" for one in (slow, fast)]
    return f"the servers' cores ran at {' and '.join(at)}"


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError:
        return None
