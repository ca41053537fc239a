"""Measures a gate, tries the gate itself, or judges a stored gate again; shows how far it is."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from contend.blocks.burst import Setup
from contend.blocks.record import BlockRecord
from contend.blocks.shape import Shape, WarmUp
from contend.cli.gate_options import Asked
from contend.cli.load_options import request_classes
from contend.cli.output import LineConsole
from contend.cli.progress import TrialProgress, time_left
from contend.errors import StoppedError, StoreError, UsageError
from contend.gate import error_rates
from contend.gate.block import GateHeader
from contend.gate.certificate import GateCertificate, certificate_path, read_certificate, write
from contend.gate.document import GateDocument
from contend.gate.injection import BASELINE_COMMAND, INJECTIONS, NEIGHBOUR, URL, Injection
from contend.gate.injection_run import least_time_s, plan, run_injections, stored_gates
from contend.gate.measure import BlockRunner
from contend.gate.run import BLOCK_S, Outcome, beside_stored, looks_within, replay, run_gate
from contend.gate.settings import PORT, GateSettings
from contend.gate.store import GateWriter, read_gate
from contend.gate.target import argv_of
from contend.gate.worktree import commit_at, commit_of, worktree
from contend.machine.cores import Cores, available_cores, divide
from contend.machine.environment import Machine
from contend.machine.interrupts import Interrupted, Interrupts, interrupts
from contend.machine.read_environment import read_environment, read_machine
from contend.servers.server import Server
from contend.trials.address import parse_plain_url
from contend.trials.validity import LIMITS, Limits

# The longest gate that a certificate speaks of, and the seed of the order of its blocks.
_WITHIN_S, _SEED = 600.0, 1


def measure(asked: Asked, results: Path, limits: Limits = LIMITS) -> Outcome:
    """Raises KeyboardInterrupt when it is stopped before its first block."""
    here = Path.cwd()
    is_advisory = _certificate(results, read_machine()) is None
    with ExitStack() as stack:
        # As long as it takes, and on every core.
        folders = [
            here if one is None else stack.enter_context(worktree(here, one, asked.build))
            for one in (asked.revision, asked.candidate_revision)
        ]
        cores = stack.enter_context(_standing_aside())
        interrupt = stack.enter_context(interrupts())
        console = LineConsole(stderr=True)
        shown = stack.enter_context(TrialProgress(console))
        settings = replace(
            asked.settings, folder_baseline=str(folders[0]), folder_candidate=str(folders[1])
        )
        runner, rate_per_s, capacity = _ready(_runner(settings, cores, interrupt, limits))
        candidate = asked.candidate_revision
        header = runner.header(
            most_blocks=looks_within(settings.max_time_s).most_blocks,
            rate_per_s=rate_per_s,
            capacity_per_s=capacity,
            revision=commit_at(here, asked.revision) if asked.revision else None,
            commit=commit_at(here, candidate) if candidate else commit_of(here),
            again=asked.again,
        )
        begun = time.monotonic()

        def block(number: int) -> BlockRecord | None:
            spent = time.monotonic() - begun
            tail = f"at most {time_left(settings.max_time_s, spent)}"
            shown.draw(spent, settings.max_time_s, f"block {number}", tail)
            return _unless_interrupted(runner, number, rate_per_s)

        with GateWriter.create(results, header) as writer:
            outcome = run_gate(
                header,
                writer,
                block,
                lambda: time.monotonic() - begun >= settings.max_time_s,
                lambda one: _say_dropped(one, "block", console),
            )
    if not outcome.is_interrupted:
        _grow(results, writer.path, console)
    document = _told(outcome.document, header, writer.path, is_advisory)
    return replace(outcome, document=document)


def _grow(results: Path, run: Path, console: LineConsole) -> None:
    """Adds a gate to the certificate, whatever its verdict: its own bursts are of equals. One that
    can't be written costs no verdict."""
    machine = read_machine()
    try:
        certificate = _certificate(results, machine)
        if certificate is not None:
            found = error_rates.grown(certificate, read_gate(run))
            write(certificate_path(results, machine), found)
    except StoreError as error:
        console.print(f"contend: the certificate stays as it was: {error}", soft_wrap=True)


def certify(max_time_s: float, results: Path) -> tuple[GateCertificate, Path]:
    """Measures blocks of the gate's own servers, and makes a certificate of all that are stored."""
    if max_time_s < least_time_s():
        least = int(-(-least_time_s() // 60))
        why = f"{len(INJECTIONS)} kinds of blocks take {least} min at least"
        raise UsageError("--max-time", why, f"--max-time {least}m")
    machine = read_machine()
    stored_gates(results, machine)  # one that can't be read is said before anything is measured
    with (
        _standing_aside() as cores,
        interrupts() as interrupt,
        TrialProgress(console := LineConsole(stderr=True)) as shown,
    ):
        first, rate_per_s, capacity = _ready(_runner(_of(INJECTIONS[0]), cores, interrupt))
        runners = {one: replace(first, settings=_of(one)) for one in INJECTIONS}
        headers = {
            one: runners[one].header(blocks, rate_per_s, capacity, injected=one.name)
            for one, blocks in plan(max_time_s).items()
        }
        total = sum(header.most_blocks for header in headers.values())

        def on_block(done: int, one: Injection) -> None:
            tail = time_left(total * BLOCK_S, done * BLOCK_S)
            shown.draw(done, total, f"block {done + 1} of {total}: {one.name}", tail)

        def block(one: Injection, number: int) -> BlockRecord | None:
            with _neighbour(one, cores):
                found = _unless_interrupted(runners[one], number, rate_per_s)
            if found is not None:
                _say_dropped(found, one.name, console)
            return found

        if not run_injections(results, headers, block, _SEED, on_block):
            raise StoppedError("--error-rates", "interrupted: its blocks are stored", "again")
        shown.draw(total, total, "drawing gates from the blocks", "", now=True)
        found = error_rates.certify(stored_gates(results, machine), _WITHIN_S)
    path = certificate_path(results, machine)
    found = msgspec.structs.replace(found, environment=read_environment())
    write(path, found)
    return found, path


def judge_again(path: Path, results: Path) -> Outcome:
    found = read_gate(path)
    document = replay(found.header, found.blocks, found.complete)
    document = beside_stored(document, found.verdict)
    certificate = _certificate(results, found.header.environment.machine)
    told = _told(document, found.header, path, is_advisory=certificate is None)
    return Outcome(told, is_interrupted=False)


def _say_dropped(block: BlockRecord, name: str, console: LineConsole) -> None:
    if (why := block.dropped) is not None:
        console.print(f"contend: {name} {block.number} dropped: {why}", soft_wrap=True)


@contextmanager
def _standing_aside() -> Iterator[Cores]:
    """This process stays off the servers' core meanwhile."""
    before = available_cores()
    cores = divide(before)
    os.sched_setaffinity(0, cores.generator)
    try:
        yield cores
    finally:
        os.sched_setaffinity(0, before)


def _runner(
    settings: GateSettings, cores: Cores, interrupt: Interrupts, limits: Limits = LIMITS
) -> BlockRunner:
    warm_up = WarmUp(connections=settings.connections)
    shape = Shape(open_burst_ns=Shape().burst_ns, warm_up=warm_up)
    setup = Setup(cores, shape, interrupt.pause, lambda progress: not interrupt.asked)
    return BlockRunner(settings, setup, read_environment(), limits=limits)


def _ready(runner: BlockRunner) -> tuple[BlockRunner, float, float | None]:
    """With its responses checked; the rate of the open bursts, and the capacity that this comes
    from where it wasn't given."""
    try:
        checked = runner.checked()
        asked = runner.settings.rate_per_s
        capacity = None if asked else checked.capacity()
    except Interrupted:
        raise KeyboardInterrupt from None
    return checked, asked or (capacity or 0.0) / 2, capacity


def _unless_interrupted(runner: BlockRunner, number: int, rate_per_s: float) -> BlockRecord | None:
    try:
        return runner.measure(number, rate_per_s)
    except Interrupted:
        return None


def _of(one: Injection) -> GateSettings:
    url = parse_plain_url(URL.replace(PORT, "1"))
    classes = request_classes(url, [], None, [], {}, 0, None)
    return GateSettings(BASELINE_COMMAND, one.candidate, URL, classes, ("bytes",))


@contextmanager
def _neighbour(one: Injection, cores: Cores) -> Iterator[None]:
    if not one.has_neighbour:
        yield
        return
    with Server("neighbour", argv_of("neighbour", NEIGHBOUR), Path.cwd(), {}, cores.server):
        yield


def _certificate(results: Path, machine: Machine) -> GateCertificate | None:
    """Of the gate's error rates on a machine; None where they are unknown."""
    return read_certificate(certificate_path(results, machine))


def _told(
    document: GateDocument, header: GateHeader, path: Path, is_advisory: bool
) -> GateDocument:
    """With where it comes from, and how to get it again."""
    return msgspec.structs.replace(
        document,
        advisory=is_advisory,
        run=path.stem,
        again=header.again,
        environment=header.environment,
    )
