"""A result document of `contend load --json`, read back."""

from pathlib import Path

import msgspec

from contend.errors import StoreError
from contend.trials.document import SCHEMA, LoadDocument


def load_document(path: Path) -> LoadDocument | None:
    """None where the file is none of them. Raises StoreError where it is one that can't be read."""
    try:
        text = path.read_bytes() if path.is_file() else b""
        if msgspec.json.decode(text or b"null", type=dict | None) is None:
            return None
        if msgspec.json.decode(text)["schema"] != SCHEMA:
            return None
    except (OSError, KeyError, msgspec.DecodeError):
        return None
    try:
        return msgspec.json.decode(text, type=LoadDocument)
    except msgspec.ValidationError as error:
        what = "the version of contend that wrote it"
        raise StoreError(str(path), f"not as contend writes it: {error}", what) from None
