"""A sealed root: a Debian system in a folder, whose Python the measured servers run on.

`scripts/setup --current-python` makes it (paths.sealed_root). A program that lies in it is run by
chroot, in a mount namespace of its own that ends with the program's last process: no mount is left
behind, however that process ends. What servers need of the machine they find at the same paths: the
workloads, the temporary folder, /dev and /proc.
"""

import ctypes
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from contend.files import paths

_CLONE_NEWNS = 0x20000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_libc = ctypes.CDLL(None, use_errno=True)


def way_in(argv: Sequence[str], folder: Path) -> tuple[list[str], Callable[[], None]]:
    """How to start a program in a folder: its argv, and what the new process is to do, in that
    folder, before it becomes that. A program that lies in no sealed root is started as it stands.
    """
    root = paths.sealed_root()
    if root is None or not Path(argv[0]).is_relative_to(root):
        return list(argv), lambda: None
    program = Path("/") / Path(argv[0]).relative_to(root)
    shared = [paths.workloads_dir(), Path(tempfile.gettempdir())]
    if not any(folder.is_relative_to(one) for one in shared):
        shared.append(folder)  # of a backend of one's own
    return [str(program), *argv[1:]], partial(enter, root, shared)


def enter(root: Path, shared: Sequence[Path]) -> None:
    """Moves this process into a root, in which it finds the `shared` folders where they were. The
    current directory, which lies in one of them, stays. Raises OSError; needs the rights of root.
    """
    folder = Path.cwd()
    if _libc.unshare(_CLONE_NEWNS) != 0:
        raise _error("unshare")
    _mount(None, Path("/"), _MS_REC | _MS_PRIVATE)
    for path in (Path("/dev"), Path("/proc"), *shared):
        inside = root / path.relative_to("/")
        inside.mkdir(parents=True, exist_ok=True)
        _mount(path, inside, _MS_BIND | _MS_REC)
    os.chroot(root)
    os.chdir(folder)


def _mount(source: Path | None, target: Path, flags: int) -> None:
    if _libc.mount(source and os.fsencode(source), os.fsencode(target), None, flags, None) != 0:
        raise _error(f"mount {target}")


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
