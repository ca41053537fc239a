"""Writes a report so that a reader finds the old file or the new one, never a part.

A full disk or a crash leaves what was there before.
"""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from contend.errors import StoreError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write(path: Path, data: bytes) -> None:
    """Beside its place, synced, then renamed. Raises StoreError with the old file as it was."""
    beside: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except OSError as error:
        if beside is not None:
            with contextlib.suppress(OSError):
                Path(beside).unlink(missing_ok=True)
        remedy = (
            "freeing space, then contend tables" if error.errno in _FULL else "another --results"
        )
        why = f"can't be written: {error.strerror or error}"
        raise StoreError(str(path), why, remedy) from None
