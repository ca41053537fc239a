"""What a stored gate consists of: a header, blocks of two lanes, a verdict at the end.

Immutable values that hold all that the verdict is computed from.
"""

from typing import Literal

import msgspec

from contend.blocks.record import BlockRecord, Burst
from contend.machine.environment import Environment

SCHEMA = "contend.gate-run/2"

Side = Literal["baseline", "candidate"]
BASELINE: Side = "baseline"
CANDIDATE: Side = "candidate"
SIDES = (BASELINE, CANDIDATE)
NOTHING = "none"  # injected


def turns(block: BlockRecord, is_open: bool) -> list[tuple[Burst, Burst]]:
    """The baseline's burst and the candidate's, measured one after the other with the same
    arrivals, in the rounds of loads with a rate or without."""
    sides = [
        {
            (one.load, one.round): one
            for one in block.of(side)
            if block.load(one.load).is_open == is_open
        }
        for side in SIDES
    ]
    return [(one, sides[1][key]) for key, one in sides[0].items() if key in sides[1]]


class GateHeader(msgspec.Struct, frozen=True, tag_field="kind", tag="gate"):
    schema: str
    started: str  # UTC
    seed: int
    baseline: str  # the command
    candidate: str
    url: str  # of what is asked for
    requests: tuple[str, ...]  # method and path of each class, with its share
    deltas: dict[str, float]
    most_blocks: int
    rate_per_s: float  # of the open bursts
    capacity_per_s: float | None  # of the baseline; None where the rate was given
    environment: Environment
    revision: str | None = None  # that the baseline was built from
    commit: str | None = None  # of the repository that the candidate stands in
    again: str = ""  # the command
    injected: str = ""  # where the gate is tried itself: what was done to the candidate

    @property
    def is_of_equals(self) -> bool:
        """Whether it compares a command with itself, undisturbed."""
        same = self.baseline == self.candidate and self.revision is None
        return same and self.injected in ("", NOTHING)


class GateClosing(msgspec.Struct, frozen=True, tag_field="kind", tag="end"):
    ended: str  # UTC
    blocks: int
    verdict: str


GateLine = GateHeader | BlockRecord | GateClosing


class GateRun(msgspec.Struct, frozen=True):
    """A stored gate, read and checked."""

    id: str
    header: GateHeader
    blocks: tuple[BlockRecord, ...]
    complete: bool
    verdict: str | None = None  # that it came to, as it is stored
