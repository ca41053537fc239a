"""Files of a chain: written a line at a time with fsync, read with every checksum checked.

A full disk or a crash loses no finished line: what was written stays, and a torn last line is named
and ignored. One process writes a file at a time; a lock on it sees to that.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from contend.errors import StoreError
from contend.files.chain import read_chain, seal

L = TypeVar("L")

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_encode = msgspec.json.Encoder().encode


class ChainWriter:
    """An open file that lines are appended to. Owns the file; use it in a `with`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._digest = ""
        self._length = 0

    @classmethod
    def begin(cls, folder: Path, name: str, started: str, first: msgspec.Struct) -> Self:
        """A new file <started>-<name>-<hash6>.jsonl with its first line. Raises StoreError where it
        can't be written."""
        _, digest = seal(_encode(first), "")
        stamp = "".join(letter for letter in started if letter.isalnum())
        path = folder / f"{stamp}-{name}-{digest[:6]}.jsonl"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise failure(path, "can't be created", error) from None
        writer = cls(path, descriptor)
        try:
            writer._lock()
            writer.append(first)
        except StoreError:
            writer.close()
            path.unlink(missing_ok=True)
            raise
        return writer

    @classmethod
    def resume(cls, path: Path) -> Self:
        """Goes on after the last whole line of an unfinished file."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise failure(path, "can't be opened", error) from None
        writer = cls(path, descriptor)
        try:
            writer._lock()
            chain = read_chain(path.read_bytes())
            writer._digest, writer._length = chain.digest, chain.length
            os.ftruncate(descriptor, chain.length)
        except BaseException:
            writer.close()
            raise
        return writer

    def append(self, line: msgspec.Struct) -> None:
        """One write and fsync. Raises StoreError with the file as it was before."""
        sealed, digest = seal(_encode(line), self._digest)
        try:
            written = os.pwrite(self._descriptor, sealed, self._length)
            if written < len(sealed):
                os.pwrite(self._descriptor, sealed[written:], self._length + written)
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, self._length)
            raise failure(self.path, "a line can't be stored, all before it are", error) from None
        self._length += len(sealed)
        self._digest = digest

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(
                str(self.path), "another contend is writing it", "again when it has ended"
            ) from None


def read_lines(
    path: Path,
    decode: Callable[[bytes], L],
    schema_of: Callable[[L], str | None],
    schemas: Sequence[str],
) -> tuple[list[L], int]:
    """The lines, and the bytes of a torn last one. Raises StoreError that names the line where the
    file is not what was written, or is of another version than `schemas`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise failure(path, "can't be read", error) from None
    chain = read_chain(data)
    if chain.broken_line is not None:
        raise StoreError(
            str(path),
            f"line {chain.broken_line} has been changed: its checksum doesn't fit",
            "a copy of the file as it was written",
        )
    known = " or ".join(schemas)
    lines = []
    for number, payload in enumerate(chain.payloads, start=1):
        try:
            line = decode(payload)
        except msgspec.MsgspecError as error:
            why = f"line {number} is of another version ({known} is read): {error}"
            raise StoreError(str(path), why, "another contend") from None
        if (found := schema_of(line)) not in (None, *schemas):
            why = f"its schema is {found}, and {known} is read"
            raise StoreError(str(path), why, "another contend")
        lines.append(line)
    return lines, chain.torn_bytes


def failure(path: Path, what: str, error: OSError) -> StoreError:
    remedy = "freeing space, then --resume" if error.errno in _FULL else "another --results"
    return StoreError(str(path), f"{what}: {error.strerror or error}", remedy)
