"""Where a command's result document goes."""

import sys
from pathlib import Path

import msgspec

from contend.errors import StoreError


def write_json(document: msgspec.Struct, where: Path) -> None:
    """To a file, or to standard output for `-`; one indented JSON document."""
    text = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if str(where) == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return
    try:
        where.write_bytes(text)
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(str(where), f"can't be written: {why}", "another file") from None
