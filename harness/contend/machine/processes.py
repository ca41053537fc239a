"""Processes as /proc shows them: who descends from whom, who listens where, and what CPU
they have used. Pure reading."""

import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"
_PROC = Path("/proc")
_SCHEDULER_CLOCK = 2


def descendants(pid: int) -> list[int]:
    """All live descendants, parents before their children; not those that wait to be reaped."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (parent := _parent(entry)) is not None:
            children[parent].append(int(entry.name))
    found: list[int] = []
    to_visit = [pid]
    while to_visit:
        below = children[to_visit.pop()]
        found += below
        to_visit += below
    return found


def listens(pids: Iterable[int], port: int) -> bool:
    """Whether one of these processes has a socket that listens at this TCP port."""
    inodes = _listening_inodes(port)
    return any(inode in inodes for pid in pids for inode in _socket_inodes(pid))


def _parent(entry: Path) -> int | None:
    try:
        fields = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, parent, *_ = fields.rpartition(")")[2].split()
    return None if state == "Z" else int(parent)


def _listening_inodes(port: int) -> set[str]:
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (_PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _socket_inodes(pid: int) -> set[str]:
    found: set[str] = set()
    try:
        for descriptor in (_PROC / str(pid) / "fd").iterdir():
            name = str(descriptor.readlink())
            if name.startswith("socket:["):
                found.add(name[8:-1])
    except OSError:
        pass  # it has ended, or closed one of them, meanwhile
    return found


def cpu_ns(pids: Iterable[int]) -> int:
    """CPU time of these processes so far, of all their threads; of those that are gone nothing."""
    total = 0
    for pid in pids:
        # The clock that clock_getcpuclockid(3) names, of a process, as the scheduler counts.
        with suppress(OSError):
            total += time.clock_gettime_ns(~pid << 3 | _SCHEDULER_CLOCK)
    return total
