"""What a stored gate said when it ended, beside what its blocks say now."""

from pathlib import Path

import msgspec

from contend.files.chain_file import read_lines
from contend.gate.block import SCHEMA, GateClosing, GateHeader, GateLine
from contend.gate.document import GateDocument

_decode = msgspec.json.Decoder(GateLine).decode


def closing_of(path: Path) -> GateClosing | None:
    """None where the gate didn't come to its end. Raises StoreError as read_gate does."""
    lines, _ = read_lines(
        path, _decode, lambda line: line.schema if isinstance(line, GateHeader) else None, SCHEMA
    )
    last = lines[-1] if lines else None
    return last if isinstance(last, GateClosing) else None


def beside_stored(document: GateDocument, closing: GateClosing | None) -> GateDocument:
    """With the verdict that is stored, where it is another."""
    if closing is None or closing.verdict == document.verdict:
        return document
    said = f"its stored verdict is {closing.verdict}, and {document.verdict} comes of its blocks"
    return msgspec.structs.replace(
        document, stored_verdict=closing.verdict, reasons=(said, *document.reasons)
    )
