"""Which cores the server and the generator get: disjoint where there are two or more."""

import os
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    server: tuple[int, ...]
    generator: tuple[int, ...]

    @property
    def are_shared(self) -> bool:
        return bool(set(self.server) & set(self.generator))

    @property
    def one_each(self) -> "Cores":
        return Cores(self.server[:1], self.generator[:1])


def divide(available: Collection[int]) -> Cores:
    """The last core for the generator, the others for the server; a single one serves both.

    REQUIRES: available is not empty.
    """
    ordered = sorted(available)
    return Cores(server=tuple(ordered[:-1] or ordered), generator=(ordered[-1],))


def available_cores() -> set[int]:
    return set(os.sched_getaffinity(0))
