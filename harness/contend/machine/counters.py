"""Instructions that a server retires, where the machine has counters for them (perf_event_open(2)).

The sharpest of the figures: it hardly depends on what else the machine does. A counter stands on
each thread that a server had when it became ready; what those start later is counted with them.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_NUMBERS = {"x86_64": 298, "aarch64": 241}  # of the system call
_HARDWARE, _INSTRUCTIONS = 0, 1
_SOFTWARE, TASK_CLOCK = 1, 1  # nanoseconds on a core, which every machine counts
_SIZE = 112  # of struct perf_event_attr, version 5
_DISABLED, _INHERIT, _EXCLUDE_KERNEL, _EXCLUDE_HV = 1 << 0, 1 << 1, 1 << 5, 1 << 6

_libc = ctypes.CDLL(None, use_errno=True)


class Instructions:
    """Open counters of one server. Owns them; use `counting`."""

    def __init__(self, descriptors: Sequence[int]) -> None:
        self._descriptors = descriptors

    def read(self) -> int:
        """So far, of all its threads."""
        return sum(struct.unpack("<Q", os.read(one, 8))[0] for one in self._descriptors)


@contextmanager
def counting(
    pids: Iterable[int], kind: int = _HARDWARE, event: int = _INSTRUCTIONS
) -> Iterator[Instructions | None]:
    """None where the machine has no such counters, or doesn't let this process have them."""
    descriptors: list[int] = []
    try:
        try:
            for task in (task for pid in pids for task in _tasks(pid)):
                descriptors.append(_open(task, kind, event))
        except OSError:  # no such counters, not for this process, or too many threads
            yield None
            return
        yield Instructions(descriptors) if descriptors else None
    finally:
        for one in descriptors:
            os.close(one)


def _tasks(pid: int) -> list[int]:
    try:
        return [int(one.name) for one in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def _open(task: int, kind: int, event: int) -> int:
    number = _NUMBERS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, "no perf_event_open")
    flags = _INHERIT | _EXCLUDE_HV
    if kind == _HARDWARE:
        flags |= _EXCLUDE_KERNEL  # a process without privileges may count no others
    attributes = struct.pack("<IIQQQQQ", kind, _SIZE, event, 0, 0, 0, flags).ljust(_SIZE, b"\0")
    buffer = ctypes.create_string_buffer(attributes, _SIZE)
    descriptor: int = _libc.syscall(number, buffer, task, -1, -1, 1 << 3)  # PERF_FLAG_FD_CLOEXEC
    if descriptor < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return descriptor
