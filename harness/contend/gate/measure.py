"""Blocks of a gate: two lanes, the baseline and the candidate."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from contend.blocks.burst import Setup
from contend.blocks.judge import judged
from contend.blocks.lane import Lane
from contend.blocks.measure import LaneError, measure_block
from contend.blocks.record import BlockRecord
from contend.blocks.warm import goodput_per_s, warm
from contend.errors import TargetError
from contend.gate.block import BASELINE, CANDIDATE, SCHEMA, SIDES, GateHeader, Side
from contend.gate.settings import GateSettings
from contend.gate.target import CommandProgram, body_of
from contend.machine.clock import now
from contend.machine.environment import Environment
from contend.servers.conformance import matches
from contend.servers.target import Target
from contend.suites.load import Load
from contend.suites.request_class import Match, RequestClass
from contend.trials.validity import LIMITS, Limits


@dataclass(frozen=True)
class BlockRunner:
    """`setup` raises Interrupted where it is to end."""

    settings: GateSettings
    setup: Setup
    environment: Environment
    # What each side is asked and held to, once both have been checked.
    held: Mapping[Side, tuple[RequestClass, ...]] | None = None
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
        """Right responses a second that a fresh baseline, once it is warm, gives in the closed
        loop."""
        with ExitStack() as stack:
            found = warm(self.setup, BASELINE, self._start(stack, BASELINE))
        return goodput_per_s(found, self.setup.shape.warm_up)

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

    def measure(self, number: int, rate_per_s: float) -> BlockRecord:
        """Block `number`, from 1. Raises TargetError when a side doesn't start, or ends; and
        Interrupted."""
        settings = self.settings
        lanes = [Lane(side, self._program(side)) for side in SIDES]
        turns = (
            (Load("poisson", settings.connections, rate_per_s), settings.open_rounds),
            (Load(connections=settings.connections), settings.closed_rounds),
        )
        try:
            block = measure_block(lanes, turns, self.setup, str(settings.seed), number)
        except LaneError as failed:
            raise failed.cause from None
        return judged(block, self.limits)

    def _program(self, side: Side) -> CommandProgram:
        settings = self.settings
        is_baseline = side == BASELINE
        return CommandProgram(
            side,
            settings.baseline if is_baseline else settings.candidate,
            settings.url,
            settings.folder_baseline if is_baseline else settings.folder_candidate,
            self.held[side] if self.held else settings.classes,
            settings.ready_timeout_s,
            settings.host,
        )

    def _start(self, stack: ExitStack, side: Side) -> Target:
        setup = self.setup
        launched = self._program(side).launch(setup.cores.server, setup.pause)
        return stack.enter_context(launched)


def _checked(
    request: RequestClass, match: Match, targets: Sequence[Target]
) -> tuple[RequestClass, RequestClass]:
    """With the body that each side always gives; without one where it doesn't."""
    what = f"{request.method} {request.path}"
    baseline, candidate = bodies = [body_of(one, request) for one in targets]
    again = [body_of(one, request) for one in targets]
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
