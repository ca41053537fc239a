"""What a stored gate consists of: a header, a line a block with its bursts, a verdict at the end.

Immutable values that hold all that the verdict is computed from.
"""

from typing import Literal

import msgspec

from contend.machine.environment import Environment

SCHEMA = "contend.gate-run/1"

Side = Literal["baseline", "candidate"]
BASELINE: Side = "baseline"
CANDIDATE: Side = "candidate"
SIDES = (BASELINE, CANDIDATE)
OPEN, CLOSED = "poisson", "closed"
NOTHING = "none"  # injected


class Burst(msgspec.Struct, frozen=True):
    """One side's turn in a block."""

    side: Side
    arrivals: str
    duration_ns: int
    scheduled: int
    completed: int  # right responses inside the burst
    errors: int  # requests that did not end well
    server_cpu_ns: int
    latency: str  # a histogram, encoded
    reasons: tuple[str, ...] = ()  # what disturbed it
    stolen_share: float = 0.0
    instructions: int | None = None  # that the server retired; None where nothing counts them
    khz: int | None = None  # of the servers' cores; None where the machine doesn't tell


class BlockRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="block"):
    """A fresh baseline and a fresh candidate, both alive, in alternating bursts."""

    number: int  # from 1
    started: str  # UTC
    bursts: tuple[Burst, ...]
    dropped: str | None = None  # why both sides are left out

    def of(self, side: Side) -> tuple[Burst, ...]:
        return tuple(one for one in self.bursts if one.side == side)

    def turns(self, arrivals: str) -> list[tuple[Burst, Burst]]:
        """The baseline's burst and the candidate's, measured one after the other."""
        sides = [[one for one in self.of(side) if one.arrivals == arrivals] for side in SIDES]
        return list(zip(*sides, strict=True))


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
