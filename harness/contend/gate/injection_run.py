"""Tries the gate itself: blocks of each injection, in a seeded order, stored as gates.

What measures a block is passed in, so that the flow is tested without a server.
"""

import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from contend.blocks.record import BlockRecord
from contend.gate.block import GateClosing, GateHeader, GateRun
from contend.gate.certificate import key
from contend.gate.decide import least_blocks
from contend.gate.injection import INJECTIONS, Injection
from contend.gate.run import BLOCK_S, replay
from contend.gate.store import GateWriter, gate_paths, read_gate
from contend.machine.clock import now
from contend.machine.environment import Machine

# Block number n of an injection; None when it was interrupted.
Measure = Callable[[Injection, int], BlockRecord | None]


def plan(max_time_s: float) -> dict[Injection, int]:
    """How many blocks of each; no fewer than a gate needs."""
    total = max_time_s / BLOCK_S
    return {one: max(least_blocks(), round(one.share * total)) for one in INJECTIONS}


def least_time_s() -> float:
    return least_blocks() * len(INJECTIONS) * BLOCK_S


def run_injections(
    results: Path,
    headers: Mapping[Injection, GateHeader],
    measure: Measure,
    seed: int,
    on_block: Callable[[int, Injection], None] = lambda done, injection: None,
) -> bool:
    """Whether it came to its end. Raises StoreError when a block can't be stored."""
    turns = [one for one, header in headers.items() for _ in range(header.most_blocks)]
    random.Random(seed).shuffle(turns)
    blocks: dict[Injection, list[BlockRecord]] = {one: [] for one in headers}
    with ExitStack() as stack:
        writers = {
            one: stack.enter_context(GateWriter.create(results, header))
            for one, header in headers.items()
        }
        for done, one in enumerate(turns):
            on_block(done, one)
            block = measure(one, len(blocks[one]) + 1)
            if block is None:
                return False
            writers[one].append(block)
            blocks[one].append(block)
        for one, writer in writers.items():
            verdict = replay(headers[one], blocks[one]).verdict
            writer.append(GateClosing(now(), len(blocks[one]), verdict))
    return True


def stored_gates(results: Path, machine: Machine) -> list[GateRun]:
    """All of machines on which the same certificate holds. Raises StoreError for one that is not
    what was written."""
    found = [read_gate(path) for path in gate_paths(results)]
    return [one for one in found if key(one.header.environment.machine) == key(machine)]
