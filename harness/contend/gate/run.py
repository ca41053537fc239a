"""Measures blocks until a look decides, the time is over, or somebody interrupts; each is stored as
it ends. What measures a block is passed in, so that the flow is tested without a server.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from contend.blocks.record import BlockRecord
from contend.gate.block import GateClosing, GateHeader
from contend.gate.decide import Looks, decide, kept_of, least_blocks
from contend.gate.document import INCONCLUSIVE, GateDocument
from contend.gate.figures import with_deltas
from contend.gate.store import GateWriter
from contend.machine.clock import now

# What a block takes, about, with the starts of its servers: by it the number of blocks is set
# before the first one.
BLOCK_S = 12.0

# Block number n; None when it was interrupted.
Measure = Callable[[int], BlockRecord | None]


@dataclass(frozen=True)
class Outcome:
    document: GateDocument
    is_interrupted: bool


def looks_within(max_time_s: float) -> Looks:
    return Looks(int(max_time_s / BLOCK_S))


def shortest_s() -> float:
    """No gate that takes less could be sure of anything, however few its figures: it is the number
    of blocks that says how small a p can be."""
    return least_blocks() * BLOCK_S


def run_gate(
    header: GateHeader,
    writer: GateWriter,
    measure: Measure,
    time_is_over: Callable[[], bool],
    on_block: Callable[[BlockRecord], None] = lambda block: None,
) -> Outcome:
    """Raises StoreError when a block can't be stored; all before it are."""
    looks = Looks(header.most_blocks)
    blocks: list[BlockRecord] = []
    looked_at = 0
    while True:
        block = measure(len(blocks) + 1)
        if block is None:
            return Outcome(cut_off(_decide(header, blocks)), is_interrupted=True)
        writer.append(block)
        blocks.append(block)
        on_block(block)
        kept = len(kept_of(blocks))
        is_over = time_is_over()
        if is_over or (kept in looks.at and kept != looked_at):
            looked_at = kept
            document = _decide(header, blocks)
            if document.is_final or is_over:
                writer.append(GateClosing(now(), len(blocks), document.verdict))
                return Outcome(document, is_interrupted=False)


def replay(
    header: GateHeader, blocks: Sequence[BlockRecord], is_complete: bool | None = None
) -> GateDocument:
    """What a gate says of blocks: at the first of its looks that decides, else at its end.

    `is_complete`: they are a stored gate's own, and whether it came to its end. That was the first
    of its looks that decided, so that none before it is taken again; only where the gate itself was
    tried did it go on. Without an end, nothing more is said than a look did.
    """
    if is_complete and not header.injected:
        return _decide(header, blocks)
    looks = Looks(header.most_blocks)
    kept = 0
    for number, block in enumerate(blocks, start=1):
        is_kept = block.dropped is None
        kept += is_kept
        if is_kept and kept in looks.at:
            document = _decide(header, blocks[:number])
            if document.is_final:
                return document
    document = _decide(header, blocks)
    return cut_off(document) if is_complete is False else document


def beside_stored(document: GateDocument, stored: str | None) -> GateDocument:
    """With the verdict that is stored, where it is another."""
    if stored in (None, document.verdict):
        return document
    said = f"its stored verdict is {stored}, and {document.verdict} comes of its blocks"
    return replace(document, stored_verdict=stored, reasons=(said, *document.reasons))


def cut_off(document: GateDocument) -> GateDocument:
    """Between two looks nothing is decided: another look there would add to the risk."""
    metrics = tuple(replace(one, verdict=INCONCLUSIVE) for one in document.metrics)
    shares = tuple(replace(one, verdict=INCONCLUSIVE) for one in document.shares)
    return replace(
        document,
        verdict=INCONCLUSIVE,
        metrics=metrics,
        shares=shares,
        reasons=("it was interrupted before a look decided",),
        is_final=False,
    )


def _decide(header: GateHeader, blocks: Sequence[BlockRecord]) -> GateDocument:
    return decide(with_deltas(header.deltas), blocks, Looks(header.most_blocks), header.seed)
