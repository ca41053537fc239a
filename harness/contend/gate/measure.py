"""One block: both sides alive on the same cores, loaded in turns whose order the seed draws."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from contend import _engine, trial
from contend.cores import Cores
from contend.environment import Environment
from contend.errors import TargetError
from contend.gate.block import (
    BASELINE,
    CANDIDATE,
    CLOSED,
    OPEN,
    SCHEMA,
    BlockRecord,
    Burst,
    GateHeader,
)
from contend.gate.contender import Contender, Pause, contend_with
from contend.gate.settings import GateSettings
from contend.suite_run import now

# Turns in a block, each of a burst a side: most of them open, the others for goodput.
OPEN_TURNS, CLOSED_TURNS = 9, 3
_WARMUP_NS = 20_000_000
_TIMEOUT_NS = 2_000_000_000
_CAPACITY_NS = 2_000_000_000
_CAPACITY_WARMUP_NS = 500_000_000
# A block is dropped when more of the machine's time was stolen from it, or when so many of its
# bursts are not valid: single ones may be called by chance.
STOLEN_SHARE = 0.01
MOST_CALLED = 0.25


@dataclass(frozen=True)
class BlockRunner:
    settings: GateSettings
    cores: Cores
    environment: Environment
    pause: Pause = time.sleep
    goes_on: Callable[[], bool] = lambda: True

    def check_same(self) -> None:
        """Raises TargetError where the two answer a request with different bodies: a change of
        behaviour, which no figure can be compared over."""
        with ExitStack() as stack:
            baseline, candidate = (self._start(stack, side) for side in (BASELINE, CANDIDATE))
            for request in self.settings.classes:
                bodies = [one.body(request) for one in (baseline, candidate)]
                if bodies[0] != bodies[1] and bodies[0] == baseline.body(request):
                    raise TargetError(
                        f"{request.method} {request.path}",
                        f"its body is {bodies[1][:60]!r}, and was {bodies[0][:60]!r}: a change of "
                        "behaviour",
                        "a request whose answer is meant to stay",
                    )

    def capacity(self) -> float:
        """Right responses a second that a fresh baseline gives in the closed loop."""
        with ExitStack() as stack:
            baseline = self._start(stack, BASELINE)
            spec = replace(
                self._spec(baseline, CLOSED, None, seed=self.settings.seed),
                warmup_ns=_CAPACITY_WARMUP_NS,
                duration_ns=_CAPACITY_NS,
            )
            _, document = trial.run(spec, self.environment, self._progress)
            if not document.goodput_per_s:
                raise TargetError(BASELINE, "no response was right", "its log")
            return document.goodput_per_s

    def header(
        self,
        most_blocks: int,
        rate_per_s: float,
        capacity_per_s: float | None,
        revision: str | None = None,
        commit: str | None = None,
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
            requests=tuple(f"{one.method} {one.path}" for one in settings.classes),
            deltas={one.name: one.delta for one in settings.figures},
            most_blocks=most_blocks,
            rate_per_s=rate_per_s,
            capacity_per_s=capacity_per_s,
            environment=self.environment,
            revision=revision,
            commit=commit,
            injected=injected,
        )

    def measure(self, number: int, rate_per_s: float) -> BlockRecord | None:
        """Block `number`, from 1; None when it was interrupted."""
        started = now()
        draw = random.Random(f"{self.settings.seed}/{number}")
        turns = [OPEN] * OPEN_TURNS + [CLOSED] * CLOSED_TURNS
        draw.shuffle(turns)
        bursts: list[Burst] = []
        with ExitStack() as stack:
            sides = [self._start(stack, side) for side in (BASELINE, CANDIDATE)]
            for turn, arrivals in enumerate(turns):
                draw.shuffle(sides)
                seed = draw.getrandbits(48)  # both sides get the same arrivals
                for one in sides:
                    rate = rate_per_s if arrivals == OPEN else None
                    burst = self._burst(one, arrivals, rate, seed)
                    if burst is None:
                        return None
                    if turn:  # the first turn warms both up
                        bursts.append(burst)
        return BlockRecord(number, started, tuple(bursts), why_dropped(bursts))

    def _start(self, stack: ExitStack, side: str) -> Contender:
        settings = self.settings
        is_baseline = side == BASELINE
        return stack.enter_context(
            contend_with(
                side,
                settings.baseline if is_baseline else settings.candidate,
                settings.url,
                Path(settings.folder_baseline if is_baseline else settings.folder_candidate),
                self.cores.server,
                settings.ready_timeout_s,
                self.pause,
            )
        )

    def _burst(
        self, one: Contender, arrivals: str, rate_per_s: float | None, seed: int
    ) -> Burst | None:
        spec = self._spec(one, arrivals, rate_per_s, seed)
        result, document = trial.run(spec, self.environment, self._progress)
        one.server.check_alive()
        if result.stopped:
            return None
        counts = document.requests
        return Burst(
            side=BASELINE if one.side == BASELINE else CANDIDATE,
            arrivals=arrivals,
            duration_ns=result.duration_ns,
            scheduled=counts.scheduled,
            completed=result.completed_ok,
            errors=counts.scheduled - counts.ok,
            server_cpu_ns=result.server.cpu_ns if result.server else 0,
            latency=document.latency.histogram,
            reasons=document.validity.reasons,
            stolen_share=result.stolen_share,
        )

    def _spec(
        self, one: Contender, arrivals: str, rate_per_s: float | None, seed: int
    ) -> trial.TrialSpec:
        return trial.TrialSpec(
            target=one.url.text,
            host_header=one.url.host_header,
            address="127.0.0.1",
            port=one.url.port,
            classes=self.settings.classes,
            arrivals=arrivals,
            rate_per_s=rate_per_s,
            seed=seed,
            connections=self.settings.connections,
            cpus=self.cores.generator,
            pacing="sleep" if rate_per_s is None or self.cores.are_shared else "busy",
            warmup_ns=_WARMUP_NS,
            duration_ns=self.settings.burst_ns,
            timeout_ns=_TIMEOUT_NS,
            server_pid=one.pid,
            server_cores=len(self.cores.server),
            shares_core=self.cores.are_shared,
        )

    def _progress(self, _: _engine.Progress) -> bool:
        return self.goes_on()


def why_dropped(bursts: Sequence[Burst]) -> str | None:
    """Why a block can't be used, for both of its sides alike; None when it can."""
    if not bursts:
        return "no bursts"
    stolen = sum(one.stolen_share for one in bursts) / len(bursts)
    if stolen > STOLEN_SHARE:
        return f"{stolen:.1%} of the machine's time was stolen"
    called = [one for one in bursts if one.reasons]
    if len(called) > MOST_CALLED * len(bursts):
        return f"{len(called)} of {len(bursts)} bursts not valid, such as: {called[0].reasons[0]}"
    return None
