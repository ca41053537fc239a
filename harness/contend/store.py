"""Stored runs: written a line at a time with fsync, read with every checksum checked.

A run is results/runs/<UTC>-<suite>-<hash6>.jsonl. A full disk or a crash loses no finished trial:
what was written stays, a torn last line is named and ignored, and the run can be resumed. One
process writes a run at a time; a lock on the file sees to that.
"""

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from contend.chain import read_chain, seal
from contend.errors import StoreError
from contend.record import SCHEMA, Closing, Header, Line, Run, TrialRecord

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


class RunWriter:
    """An open run that lines are appended to. Owns the file; use it in a `with`."""

    def __init__(self, path: Path, descriptor: int, digest: str, length: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._digest = digest
        self._length = length

    @classmethod
    def create(cls, results: Path, header: Header) -> Self:
        """A new run with its header. Raises StoreError where it can't be written."""
        payload = _encode(header)
        _, digest = seal(payload, "")
        stamp = "".join(letter for letter in header.started if letter.isalnum())
        path = results / "runs" / f"{stamp}-{header.suite_name}-{digest[:6]}.jsonl"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _failure(path, "can't be created", error) from None
        writer = cls(path, descriptor, "", 0)
        try:
            writer._lock()
            writer.append(header)
        except StoreError:
            writer.close()
            path.unlink(missing_ok=True)
            raise
        return writer

    @classmethod
    def resume(cls, path: Path) -> Self:
        """Goes on after the last whole line of an incomplete run."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise _failure(path, "can't be opened", error) from None
        writer = cls(path, descriptor, "", 0)
        try:
            writer._lock()
            chain = read_chain(path.read_bytes())
            writer._digest, writer._length = chain.digest, chain.length
            os.ftruncate(descriptor, chain.length)
        except BaseException:
            writer.close()
            raise
        return writer

    def append(self, line: Line) -> None:
        """One write and fsync. Raises StoreError with the file as it was before."""
        sealed, digest = seal(_encode(line), self._digest)
        try:
            written = os.pwrite(self._descriptor, sealed, self._length)
            if written < len(sealed):
                os.pwrite(self._descriptor, sealed[written:], self._length + written)
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, self._length)
            raise _failure(self.path, "a trial can't be stored, all before it are", error) from None
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
                str(self.path), "another suite is writing this run", "again when it has ended"
            ) from None


def read_run(path: Path) -> Run:
    """Raises StoreError that names the line where a file is not what was written."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _failure(path, "can't be read", error) from None
    chain = read_chain(data)
    if chain.broken_line is not None:
        raise StoreError(
            str(path),
            f"line {chain.broken_line} has been changed: its checksum doesn't fit",
            "a copy of the file as it was written",
        )
    lines = [_line(path, number, one) for number, one in enumerate(chain.payloads, start=1)]
    if not lines or not isinstance(lines[0], Header):
        raise StoreError(str(path), "no stored run: it has no header", "another file")
    torn = f"{path}: a torn last line of {chain.torn_bytes} bytes is ignored"
    return Run(
        id=path.stem,
        header=lines[0],
        trials=tuple(line for line in lines if isinstance(line, TrialRecord)),
        complete=isinstance(lines[-1], Closing),
        torn=torn if chain.torn_bytes else None,
    )


def find_run(results: Path, wanted: str) -> Path:
    """A run's file by path, id, unique prefix of one, or `latest`."""
    if wanted.endswith(".jsonl") or "/" in wanted:
        return Path(wanted)
    paths = run_paths(results)
    if not paths:
        raise StoreError(str(results), "there are no stored runs", "contend suite")
    if wanted == "latest":
        return paths[-1]
    found = [path for path in paths if path.stem.startswith(wanted)]
    exact = [path for path in found if path.stem == wanted]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    known = ", ".join(path.stem for path in (found or paths)[-5:])
    why = "several runs begin so" if found else "no run begins so"
    raise StoreError(wanted, f"{why}: {known}", "a longer prefix" if found else "one of these")


def run_paths(results: Path) -> list[Path]:
    """From the oldest to the latest: their names begin with the time."""
    return sorted(path for path in (results / "runs").glob("*.jsonl"))


def _line(path: Path, number: int, payload: bytes) -> Line:
    try:
        line: Line = _decode(payload)
    except msgspec.MsgspecError as error:
        raise StoreError(
            str(path),
            f"line {number} is of another version ({SCHEMA} is read): {error}",
            "another contend",
        ) from None
    if isinstance(line, Header) and line.schema != SCHEMA:
        raise StoreError(
            str(path), f"its schema is {line.schema}, and {SCHEMA} is read", "another contend"
        )
    return line


def _failure(path: Path, what: str, error: OSError) -> StoreError:
    remedy = "freeing space, then --resume" if error.errno in _FULL else "another --results"
    return StoreError(str(path), f"{what}: {error.strerror or error}", remedy)
