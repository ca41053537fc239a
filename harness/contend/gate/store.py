"""Stored gates: results/gates/<UTC>-gate-<hash6>.jsonl, a chain of lines (chain_file.py)."""

from pathlib import Path
from typing import Self

import msgspec

from contend.blocks.record import BlockRecord
from contend.errors import StoreError
from contend.files.chain_file import ChainWriter, read_lines
from contend.gate.block import SCHEMA, GateClosing, GateHeader, GateLine, GateRun

_decode = msgspec.json.Decoder(GateLine).decode


class GateWriter(ChainWriter):
    @classmethod
    def create(cls, results: Path, header: GateHeader) -> Self:
        """A new gate with its header. Raises StoreError where it can't be written."""
        return cls.begin(results / "gates", "gate", header.started, header)


def read_gate(path: Path) -> GateRun:
    """Raises StoreError that names the line where a file is not what was written."""
    lines, _ = read_lines(
        path, _decode, lambda line: line.schema if isinstance(line, GateHeader) else None, [SCHEMA]
    )
    if not lines or not isinstance(lines[0], GateHeader):
        raise StoreError(str(path), "no stored gate: it has no header", "another file")
    last = lines[-1]
    return GateRun(
        id=path.stem,
        header=lines[0],
        blocks=tuple(line for line in lines if isinstance(line, BlockRecord)),
        complete=isinstance(last, GateClosing),
        verdict=last.verdict if isinstance(last, GateClosing) else None,
    )


def gate_paths(results: Path) -> list[Path]:
    """From the oldest to the latest: their names begin with the time."""
    return sorted((results / "gates").glob("*.jsonl"))
