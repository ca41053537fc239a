"""How much memory is free for more processes."""

from pathlib import Path


def available_bytes() -> int | None:
    """None where the kernel doesn't say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None
