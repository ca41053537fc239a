"""A gate between the two halves of a stored gate's own baseline: what it says where nothing can
differ. Pure, by the gate's seed.

So every gate, whatever it compared, adds to what is known of false alarms, on the servers that it
is used for. The halves are bursts of the same process, so they scatter less than two would.
"""

import random
from collections.abc import Sequence
from itertools import chain

from msgspec.structs import replace

from contend.gate.block import BASELINE, CLOSED, OPEN, SIDES, BlockRecord, Burst, GateRun
from contend.gate.document import GateDocument
from contend.gate.run import replay


def judge_own_halves(run: GateRun) -> GateDocument:
    blocks = [_halved(block, run.header.seed) for block in run.blocks]
    return replay(run.header, blocks)


def _halved(block: BlockRecord, seed: int) -> BlockRecord:
    draw = random.Random(f"{seed}/{block.number}/halves")
    baseline = block.of(BASELINE)
    halves = [
        _dealt([one for one in baseline if one.arrivals == arrivals], draw)
        for arrivals in (OPEN, CLOSED)
    ]
    return replace(block, bursts=tuple(chain.from_iterable(halves)))


def _dealt(bursts: Sequence[Burst], draw: random.Random) -> list[Burst]:
    """Neighbours in time are a turn; an odd one is left out."""
    dealt = []
    for pair in zip(bursts[::2], bursts[1::2], strict=False):
        sides = draw.sample(SIDES, 2)
        dealt += [replace(one, side=side) for one, side in zip(pair, sides, strict=True)]
    return dealt
