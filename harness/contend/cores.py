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


def divide(available: Collection[int]) -> Cores:
    """One core for the server, the last one for the generator; a single one serves both.

    REQUIRES: available is not empty.
    """
    ordered = sorted(available)
    return Cores(server=(ordered[0],), generator=(ordered[-1],))


def available_cores() -> set[int]:
    return set(os.sched_getaffinity(0))
