"""A lane: one program in a block, and its live server."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from contend.machine.counters import Instructions
from contend.machine.processes import cpu_ns
from contend.servers.target import Program, Target
from contend.trials.spec import deck_size


@dataclass(frozen=True)
class Lane:
    name: str
    program: Program
    loads: Collection[str] | None = None  # words of those that it has a part in; None: all

    def takes(self, load: str) -> bool:
        return self.loads is None or load in self.loads


@dataclass(frozen=True)
class LiveLane:
    lane: Lane
    target: Target
    pids: tuple[int, ...]  # its processes, once it is warm
    counters: Instructions | None = None

    @property
    def name(self) -> str:
        return self.lane.name

    @cached_property
    def deck(self) -> int:
        """After so many requests its classes have come in their shares."""
        return deck_size(self.target.asks.classes)

    @property
    def cpu_ns(self) -> int:
        """Of its processes so far."""
        return cpu_ns(self.pids)
