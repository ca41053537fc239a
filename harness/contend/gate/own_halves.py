"""A gate between the two halves of a stored gate's own baseline: what it says where nothing can
differ. Pure, by the gate's seed.

So every gate, whatever it compared, adds to what is known of false alarms, on the servers that it
is used for. The halves are bursts of the same process, so they scatter less than two would.
"""

import random
from collections.abc import Sequence
from itertools import chain

from msgspec.structs import replace

from contend.blocks.record import BlockRecord, Burst
from contend.gate.block import BASELINE, SIDES, GateRun
from contend.gate.document import GateDocument
from contend.gate.run import replay


def judge_own_halves(run: GateRun) -> GateDocument:
    blocks = [_halved(block, run.header.seed) for block in run.blocks]
    return replay(run.header, blocks)


def _halved(block: BlockRecord, seed: int) -> BlockRecord:
    draw = random.Random(f"{seed}/{block.number}/halves")
    halves = [
        _dealt(block.of(BASELINE, word), draw)
        for word in dict.fromkeys(one.load for one in block.bursts)
    ]
    # Of either half's latencies together nothing is stored: what is pooled gates nothing.
    return replace(block, bursts=tuple(chain.from_iterable(halves)), merged=())


def _dealt(bursts: Sequence[Burst], draw: random.Random) -> list[Burst]:
    """Neighbours in time are a turn; an odd one is left out."""
    dealt = []
    for number, pair in enumerate(zip(bursts[::2], bursts[1::2], strict=False), start=1):
        sides = draw.sample(SIDES, 2)
        dealt += [
            replace(one, lane=side, round=number) for one, side in zip(pair, sides, strict=True)
        ]
    return dealt
