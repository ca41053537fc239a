"""Which grids are measured in blocks: those whose workload fits into bursts. Pure."""

from collections.abc import Mapping
from itertools import groupby

from msgspec.structs import replace

from contend.suites.contract import HTTP, Contract
from contend.suites.suite import BLOCKS, TRIALS, Grid, Suite

# What a burst of a quarter of a second has room for.
MOST_CONNECTIONS = 1_000
MOST_BODY_BYTES = 1 << 20
_PROTOCOLS = (HTTP, "websocket")


def why_no_blocks(contract: Contract, grid: Grid) -> str | None:
    """None where bursts can show it."""
    if contract.protocol not in _PROTOCOLS:
        return f"{contract.protocol} goes on for longer than a burst"
    if grid.arrivals == "bursts":
        return "arrivals in bursts are due once a second"
    if grid.connections > MOST_CONNECTIONS:
        return f"{grid.connections:,} connections can't be opened for each burst"
    for one in contract.request:
        bodies = len(one.sent_body), len((one.expected or "").encode())
        if max(bodies) > MOST_BODY_BYTES or one.read_bytes_per_s:
            return f"a response of {one.name} takes longer than a burst"
    return None


def with_measures(suite: Suite, contracts: Mapping[str, Contract]) -> Suite:
    """Each grid says how it is measured. Raises ValueError where blocks are asked for and don't
    fit."""
    grids: list[Grid] = []
    for grid in suite.grid:
        why = {name: why_no_blocks(contracts[name], grid) for name in grid.workloads}
        for name, reason in why.items():
            if grid.measure == BLOCKS and reason:
                raise ValueError(f"grid.measure: {name} can't be measured in blocks: {reason}")
            if grid.busy and reason:
                raise ValueError(f"grid.busy: {name} can't be measured in blocks: {reason}")

        def measured(name: str, grid: Grid = grid, why: Mapping[str, str | None] = why) -> str:
            return grid.measure or (TRIALS if why[name] else BLOCKS)

        for measure, names in groupby(grid.workloads, measured):
            grids.append(replace(grid, workloads=tuple(names), measure=measure))
    return replace(suite, grid=tuple(grids))
