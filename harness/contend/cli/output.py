"""Where a command's lines and its result document go."""

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
from rich.console import Console
from rich.text import Text

from contend.errors import StoreError
from contend.reports import foreign

STDOUT = Path("-")
_STDOUT, _STDERR = "standard output", "standard error"


class LineConsole(Console):
    """Plain lines in a pipe, styled ones on a terminal; Rich itself would exit with 1, which is
    the code of a regression, when its reader has gone."""

    def __init__(self, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """What comes from outside moves no cursor and changes no colour, whoever passes it on."""
        with writing(self):
            super().print(*map(_harmless, objects), **options)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _harmless(printed: Any) -> Any:
    if isinstance(printed, str):
        printed = Text(printed)
    return foreign.on_terminal_styled(printed) if isinstance(printed, Text) else printed


@contextmanager
def writing(console: Console) -> Iterator[None]:
    """BrokenPipeError for a reader that has gone; StoreError for what else is in the way, such as a
    full disk or a terminal that was closed."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(_STDERR if console.stderr else _STDOUT, error) from None


def write_lines(lines: Iterable[Text], stderr: bool = False) -> bool:
    """A reader that has gone has read enough, and False says so; a full disk is an error."""
    console = LineConsole(stderr)
    try:
        for line in lines:
            console.print(line, soft_wrap=True)
    except BrokenPipeError:
        silence(console.file)
        return False
    except StoreError:
        silence(console.file)
        raise
    return True


def write_json(document: msgspec.Struct, where: Path) -> bool:
    """One indented JSON document; as write_bytes()."""
    return write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n", where)


def write_bytes(data: bytes, where: Path, append: bool = False) -> bool:
    """To a file, or to standard output for STDOUT; False where the reader of that has gone. Raises
    StoreError where it can't be written."""
    to_stdout = where == STDOUT
    try:
        if to_stdout:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            with where.open("ab" if append else "wb") as file:
                file.write(data)
    except OSError as error:
        if to_stdout:
            silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise _unwritable(_STDOUT if to_stdout else str(where), error) from None
        return False
    return True


def check_writable(where: Path) -> None:
    """Raises StoreError where a file could not be written, without making it."""
    folder = where.parent
    if where.is_dir():
        error = OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    elif not folder.is_dir():
        error = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    elif not os.access(where if where.exists() else folder, os.W_OK):
        error = OSError(errno.EACCES, os.strerror(errno.EACCES))
    else:
        return
    raise _unwritable(str(where), error)


def silence(stream: IO[str]) -> None:
    """What is still buffered would fail again when Python ends, and change the exit code."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _unwritable(what: str, error: OSError) -> StoreError:
    why = error.strerror or str(error)
    return StoreError(what, f"can't be written: {why}", "another file")
