"""Measures a gate, tries the gate itself, or judges a stored gate again; shows how far it is."""

import os
import shlex
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from contend.address import parse_url
from contend.cli.gate_asked import Asked
from contend.cli.output import LineConsole
from contend.cores import Cores, available_cores, divide
from contend.environment import read_environment, read_machine
from contend.errors import UsageError
from contend.gate import error_rates
from contend.gate.block import BlockRecord, GateHeader
from contend.gate.certificate import GateCertificate, certificate_path, read_certificate, write
from contend.gate.contender import argv_of
from contend.gate.document import GateDocument
from contend.gate.injection import BASELINE_COMMAND, INJECTIONS, NEIGHBOUR, URL, Injection
from contend.gate.measure import BlockRunner
from contend.gate.run import BLOCK_S, Outcome, looks_within, replay, run_gate
from contend.gate.settings import PORT, GateSettings
from contend.gate.store import GateWriter, read_gate
from contend.gate.try_out import least_time_s, plan, stored_gates, try_out
from contend.gate.worktree import commit_of, worktree
from contend.interrupts import Interrupted, Interrupts, interrupts
from contend.load_options import request_classes
from contend.progress import TrialProgress, time_left
from contend.server import Server

# The longest gate that a certificate speaks of, and the seed of the order of its blocks.
_WITHIN_S, _SEED = 600.0, 1


def measure(asked: Asked, results: Path) -> Outcome:
    cores = _stand_aside()
    settings = asked.settings
    with (
        ExitStack() as stack,
        interrupts() as interrupt,
        TrialProgress(LineConsole(stderr=True)) as shown,
    ):

        def built(revision: str | None) -> Path:
            if revision is None:
                return Path.cwd()
            shown.draw(0, settings.max_time_s, f"building {revision}", "")
            return stack.enter_context(worktree(Path.cwd(), revision, asked.build))

        baseline, candidate = built(asked.revision), built(asked.candidate_revision)
        runner = _runner(
            replace(settings, folder_baseline=str(baseline), folder_candidate=str(candidate)),
            cores,
            interrupt,
        )
        rate_per_s, capacity = _rate(runner)
        looks = looks_within(settings.max_time_s)
        revision = commit_of(baseline) if asked.revision is not None else None
        commit = commit_of(candidate)
        header = runner.header(looks.most_blocks, rate_per_s, capacity, revision, commit)
        begun = time.monotonic()

        def block(number: int) -> BlockRecord | None:
            spent = time.monotonic() - begun
            tail = f"at most {time_left(settings.max_time_s, spent)}"
            shown.draw(spent, settings.max_time_s, f"block {number}", tail)
            return _unless_interrupted(runner, number, rate_per_s)

        with GateWriter.create(results, header) as writer:
            outcome = run_gate(
                header, writer, block, lambda: time.monotonic() - begun >= settings.max_time_s
            )
            return replace(outcome, document=_told(outcome.document, header, writer.path, results))


def certify(max_time_s: float, results: Path) -> tuple[GateCertificate, Path]:
    """Measures blocks of the gate's own servers, and makes a certificate of all that are stored."""
    if max_time_s < least_time_s():
        least = round(least_time_s() / 60)
        why = f"{len(INJECTIONS)} kinds of blocks take {least} min at least"
        raise UsageError("--max-time", why, f"--max-time {least}m")
    cores = _stand_aside()
    with interrupts() as interrupt, TrialProgress(LineConsole(stderr=True)) as shown:
        runners = {one: _runner(_of_injection(one), cores, interrupt) for one in INJECTIONS}
        rate_per_s, capacity = _rate(runners[INJECTIONS[0]])
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
                return _unless_interrupted(runners[one], number, rate_per_s)

        if not try_out(results, headers, block, _SEED, on_block):
            raise KeyboardInterrupt
        shown.draw(total, total, "drawing gates from the blocks", "", now=True)
        machine = read_machine()
        found = error_rates.certify(stored_gates(results, machine), _WITHIN_S)
    path = certificate_path(results, machine)
    write(path, msgspec.structs.replace(found, environment=read_environment()))
    return found, path


def judge_again(path: Path, results: Path) -> Outcome:
    found = read_gate(path)
    document = _told(replay(found.header, found.blocks), found.header, path, results)
    return Outcome(document, is_interrupted=False)


def _stand_aside() -> Cores:
    """This process stays off the servers' core."""
    cores = divide(available_cores())
    os.sched_setaffinity(0, cores.generator)
    return cores


def _runner(settings: GateSettings, cores: Cores, interrupt: Interrupts) -> BlockRunner:
    environment = read_environment()
    return BlockRunner(settings, cores, environment, interrupt.pause, lambda: not interrupt.asked)


def _rate(runner: BlockRunner) -> tuple[float, float | None]:
    """Of the open bursts, and the capacity that it comes from where it wasn't given."""
    try:
        runner.check_same()
        asked = runner.settings.rate_per_s
        capacity = None if asked else runner.capacity()
    except Interrupted:
        raise KeyboardInterrupt from None
    return asked or (capacity or 0.0) / 2, capacity


def _unless_interrupted(runner: BlockRunner, number: int, rate_per_s: float) -> BlockRecord | None:
    try:
        return runner.measure(number, rate_per_s)
    except Interrupted:
        return None


def _of_injection(one: Injection) -> GateSettings:
    url = parse_url(URL.replace(PORT, "1"))
    classes = request_classes(url, [], None, [], b"", 0, None)
    return GateSettings(BASELINE_COMMAND, one.candidate, URL, classes)


@contextmanager
def _neighbour(one: Injection, cores: Cores) -> Iterator[None]:
    if not one.has_neighbour:
        yield
        return
    with Server("neighbour", argv_of("neighbour", NEIGHBOUR), Path.cwd(), {}, cores.server):
        yield


def _told(document: GateDocument, header: GateHeader, path: Path, results: Path) -> GateDocument:
    """With where it comes from, how to get it again, and whether this machine's error rates are
    known."""
    asked = {"candidate": header.candidate, "baseline": header.baseline, "url": header.url}
    if header.revision is not None:
        asked["baseline-ref"] = header.revision
    asked["seed"] = str(header.seed)
    again = " ".join(f"--{name} {shlex.quote(value)}" for name, value in asked.items())
    certificate = certificate_path(results, header.environment.machine)
    return msgspec.structs.replace(
        document,
        advisory=read_certificate(certificate) is None,
        run=path.stem,
        again=f"contend gate {again}",
        environment=header.environment,
    )
