"""One block: both sides alive on the same cores, loaded in turns whose order the seed draws."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from contend import _engine
from contend.errors import TargetError
from contend.gate.block import (
    BASELINE,
    CANDIDATE,
    CLOSED,
    OPEN,
    SCHEMA,
    SIDES,
    BlockRecord,
    Burst,
    GateHeader,
    Side,
)
from contend.gate.settings import GateSettings
from contend.gate.target import GateTarget, Pause, start_target
from contend.machine.clock import now
from contend.machine.cores import Cores
from contend.machine.counters import Instructions, counting
from contend.machine.environment import Environment
from contend.machine.frequency import read_khz, why_unequal
from contend.machine.interrupts import Interrupted
from contend.servers.conformance import matches
from contend.suites.request_class import Match, RequestClass
from contend.trials import run as trial_run
from contend.trials.conditions import conditions_of
from contend.trials.run import setting_of
from contend.trials.spec import TrialSpec
from contend.trials.validity import LIMITS, Limits, disturbances

# Turns in a block, each of a burst a side: most of them open, the others for goodput.
OPEN_TURNS, CLOSED_TURNS = 14, 5
_WARMUP_NS = 20_000_000
_TIMEOUT_NS = 2_000_000_000
_CAPACITY_NS = 2_000_000_000
_CAPACITY_WARMUP_NS = 500_000_000
# A block is dropped when more of the machine's time was stolen from it, or when so many of its
# bursts were disturbed: single ones may be called so by chance. What a server does itself, or
# leaves undone, drops nothing.
MOST_DISTURBED = 0.25


@dataclass(frozen=True)
class BlockRunner:
    settings: GateSettings
    cores: Cores
    environment: Environment
    # What each side is asked and held to, once both have been checked.
    held: Mapping[Side, tuple[RequestClass, ...]] | None = None
    pause: Pause = time.sleep
    goes_on: Callable[[], bool] = lambda: True
    limits: Limits = LIMITS

    def checked(self) -> "BlockRunner":
        """With the bodies that responses are to have: those that each side gave, where they are
        always the same.

        Raises TargetError where the two answer a request with different bodies: a change of
        behaviour, which no figure can be compared over; and where one isn't what it is to be.
        """
        with ExitStack() as stack:
            targets = [self._start(stack, side) for side in SIDES]
            asked = zip(self.settings.classes, self.settings.matches, strict=True)
            baseline, candidate = zip(*(_checked(*one, targets) for one in asked), strict=True)
        return replace(self, held={BASELINE: baseline, CANDIDATE: candidate})

    def capacity(self) -> float:
        """Right responses a second that a fresh baseline gives in the closed loop."""
        with ExitStack() as stack:
            baseline = self._start(stack, BASELINE)
            spec = replace(
                self._spec(baseline, CLOSED, None, seed=self.settings.seed),
                warmup_ns=_CAPACITY_WARMUP_NS,
                duration_ns=_CAPACITY_NS,
            )
            result, document = trial_run.run(spec, self.environment, self._progress)
            if result.stopped or not self.goes_on():
                raise Interrupted
            if not document.goodput_per_s:
                raise TargetError(BASELINE, "no response was right under load", "its log")
            return document.goodput_per_s

    def header(
        self,
        most_blocks: int,
        rate_per_s: float,
        capacity_per_s: float | None,
        revision: str | None = None,
        commit: str | None = None,
        again: str = "",
        injected: str = "",
    ) -> GateHeader:
        settings = self.settings
        return GateHeader(
            schema=SCHEMA,
            started=now(),
            seed=settings.seed,
            baseline=settings.baseline,
            candidate=settings.candidate,
            url=settings.url,
            requests=tuple(_told(one, settings.classes) for one in settings.classes),
            deltas={one.name: one.delta for one in settings.figures},
            most_blocks=most_blocks,
            rate_per_s=rate_per_s,
            capacity_per_s=capacity_per_s,
            environment=self.environment,
            revision=revision,
            commit=commit,
            again=again,
            injected=injected,
        )

    def measure(self, number: int, rate_per_s: float) -> BlockRecord | None:
        """Block `number`, from 1; None when it was interrupted."""
        started = now()
        draw = random.Random(f"{self.settings.seed}/{number}")
        turns = [OPEN] * OPEN_TURNS + [CLOSED] * CLOSED_TURNS
        draw.shuffle(turns)
        bursts: list[Burst] = []
        order = list(SIDES)
        draw.shuffle(order)
        with ExitStack() as stack:
            targets = [self._start(stack, side) for side in order]
            counters = {one.side: stack.enter_context(counting(one.pids)) for one in targets}
            for turn, arrivals in enumerate(turns):
                draw.shuffle(targets)
                seed = draw.getrandbits(48)  # both sides get the same arrivals
                for one in targets:
                    rate = rate_per_s if arrivals == OPEN else None
                    spec = self._spec(one, arrivals, rate, seed)
                    burst = self._burst(one, spec, counters[one.side])
                    if burst is None:
                        return None
                    if turn:  # the first turn warms both up
                        bursts.append(burst)
        return BlockRecord(number, started, tuple(bursts), why_dropped(bursts, self.limits))

    def _start(self, stack: ExitStack, side: Side) -> GateTarget:
        settings = self.settings
        is_baseline = side == BASELINE
        return stack.enter_context(
            start_target(
                side,
                settings.baseline if is_baseline else settings.candidate,
                settings.url,
                Path(settings.folder_baseline if is_baseline else settings.folder_candidate),
                self.cores.server,
                settings.classes[0],
                settings.ready_timeout_s,
                settings.host,
                self.pause,
            )
        )

    def _burst(
        self, one: GateTarget, spec: TrialSpec, counters: Instructions | None
    ) -> Burst | None:
        counted = counters.read() if counters else 0
        result, document = trial_run.run(spec, self.environment, self._progress)
        one.server.check_alive()
        if result.stopped:
            return None
        counts = document.requests
        # They are counted in the warm-up too.
        share = spec.duration_ns / (spec.warmup_ns + spec.duration_ns)
        return Burst(
            side=one.side,
            arrivals=spec.arrivals,
            duration_ns=result.duration_ns,
            scheduled=counts.scheduled,
            completed=result.completed_ok,
            errors=counts.scheduled - counts.ok,
            server_cpu_ns=result.server.cpu_ns if result.server else 0,
            latency=document.latency.histogram,
            reasons=tuple(disturbances(conditions_of(result), setting_of(spec), self.limits)),
            stolen_share=result.stolen_share,
            instructions=round((counters.read() - counted) * share) if counters else None,
            khz=read_khz(self.cores.server),
        )

    def _spec(
        self, one: GateTarget, arrivals: str, rate_per_s: float | None, seed: int
    ) -> TrialSpec:
        return TrialSpec(
            target=one.url.text,
            host_header=one.host,
            address="127.0.0.1",
            port=one.url.port,
            classes=self.held[one.side] if self.held else self.settings.classes,
            arrivals=arrivals,
            rate_per_s=rate_per_s,
            seed=seed,
            connections=self.settings.connections,
            cpus=self.cores.generator,
            pacing="sleep" if rate_per_s is None or self.cores.are_shared else "busy",
            warmup_ns=_WARMUP_NS,
            duration_ns=self.settings.burst_ns,
            timeout_ns=_TIMEOUT_NS,
            server_pid=one.server.pid,
            server_cores=len(self.cores.server),
            shares_core=self.cores.are_shared,
        )

    def _progress(self, _: _engine.Progress) -> bool:
        return self.goes_on()


def _checked(
    request: RequestClass, match: Match, targets: Sequence[GateTarget]
) -> tuple[RequestClass, RequestClass]:
    """With the body that each side always gives; without one where it doesn't."""
    what = f"{request.method} {request.path}"
    baseline, candidate = bodies = [one.body(request) for one in targets]
    again = [one.body(request) for one in targets]
    if baseline == again[0] and not _are_same(match, baseline, candidate):
        raise TargetError(
            what,
            f"its body is {candidate[:60]!r}, and was {baseline[:60]!r}: a change of behaviour",
            "a request whose answer is meant to stay",
        )
    wanted = request.expect_body
    if wanted is not None and not _are_same(match, wanted, baseline):
        raise TargetError(
            what,
            f"its body is {baseline[:60]!r}, and is to be {wanted!r}",
            "another expect_body",
        )
    of_baseline, of_candidate = (
        replace(request, expect_body=body if body == other else None)
        for body, other in zip(bodies, again, strict=True)
    )
    return of_baseline, of_candidate


def _are_same(match: Match, one: bytes, other: bytes) -> bool:
    if match == "bytes":
        return one == other
    try:
        return matches(match, one.decode(), other)
    except UnicodeDecodeError:
        return False


def _told(request: RequestClass, classes: Sequence[RequestClass]) -> str:
    if len(classes) == 1:
        return f"{request.method} {request.path}"
    share = request.weight / sum(one.weight for one in classes)
    return f"{share:.0%} {request.method} {request.path}"


def why_dropped(bursts: Sequence[Burst], limits: Limits = LIMITS) -> str | None:
    """Why a block can't be used, for both of its sides alike; None when it can."""
    if not bursts:
        return "no bursts"
    stolen = sum(one.stolen_share for one in bursts) / len(bursts)
    if stolen > limits.stolen_share:
        return f"{stolen:.1%} of the machine's time was stolen"
    disturbed = [one for one in bursts if one.reasons]
    if len(disturbed) > MOST_DISTURBED * len(bursts):
        some = f"{len(disturbed)} of {len(bursts)} bursts were disturbed"
        return f"{some}, such as: {disturbed[0].reasons[0]}"
    khz = [[one.khz for one in bursts if one.side == side] for side in (BASELINE, CANDIDATE)]
    return why_unequal(*khz)
