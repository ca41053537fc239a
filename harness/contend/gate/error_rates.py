"""A certificate of the gate's error rates, from stored gates of this machine. Pure, by a seed.

Gates between a command and itself show how figures scatter where nothing differs; gates whose
candidate is worse in a known way show what is found. Their blocks are few, so gates are drawn from
them anew with fresh seeds, and labelled so.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from contend.blocks.record import BlockRecord
from contend.errors import NotValidError
from contend.gate.admission import gates_from
from contend.gate.block import NOTHING, GateRun
from contend.gate.certificate import SCHEMA, Counted, GateCertificate, Injected, Scatter
from contend.gate.decide import Looks, kept_of, least_blocks
from contend.gate.document import INVALID, REGRESSION, Verdict
from contend.gate.figures import FIGURES, GateFigure, Sides, as_ratio, log_ratio
from contend.gate.injection import BASELINE_COMMAND, INJECTIONS, URL, Injection
from contend.gate.own_halves import judge_own_halves
from contend.gate.run import looks_within, replay
from contend.gate.simulate import Drawable, simulate
from contend.stats.binomial import lower, upper

POWER = 0.95
_SEED = 1
_LARGEST_CHANGE = 0.5
_HALVINGS = 7


@dataclass(frozen=True)
class Draws:
    """How many gates are drawn for each figure that is published."""

    gates: int = 2_000
    of_a_change: int = 400


DEFAULT_DRAWS = Draws()


def certify(
    runs: Sequence[GateRun], within_s: float, draws: Draws = DEFAULT_DRAWS
) -> GateCertificate:
    """Of gates that take `within_s` at most. Raises NotValidError where the blocks of equal servers
    make no gate."""
    looks = looks_within(within_s)
    blocks = [block for run in runs if is_of_own_server(run) for block in run.blocks]
    equal = _drawable(blocks, looks)
    if len(equal.logs) < least_blocks() or not equal.figures:
        why = f"{len(equal.logs)} of {len(blocks)} blocks of equal servers could be used"
        raise NotValidError("gates", why, "contend gate --error-rates on a quieter machine")
    drawn = simulate(equal, looks, draws.gates, _SEED)
    margin = {one.name: 1 + one.delta for one in equal.figures}
    at_delta = simulate(equal, looks, draws.gates, _SEED, margin, swaps_sides=True)
    return GateCertificate(
        schema=SCHEMA,
        server=BASELINE_COMMAND,
        blocks=len(kept_of(blocks)),
        dropped_blocks=len(blocks) - len(kept_of(blocks)),
        within_s=within_s,
        live=_alarms(filter(None, map(_verdict_of_equals, runs))),
        own_halves=_alarms(filter(None, map(_verdict_of_halves, runs))),
        drawn=Counted(drawn.regressions, drawn.gates, upper(drawn.regressions, drawn.gates)),
        at_delta=Counted(
            at_delta.regressions, at_delta.gates, upper(at_delta.regressions, at_delta.gates)
        ),
        figures=tuple(
            _scatter(one, equal, looks, draws)
            for one in FIGURES
            if not one.is_optional or one in equal.figures
        ),
        injected=tuple(
            _injected(one, of_it, looks, draws)
            for one in INJECTIONS
            if one.name != NOTHING and (of_it := _blocks_of(runs, one))
        ),
    )


def grown(certificate: GateCertificate, run: GateRun) -> GateCertificate:
    """With a later gate in the counts of false alarms."""
    return msgspec.structs.replace(
        certificate,
        live=_one_more(certificate.live, _verdict_of_equals(run)),
        own_halves=_one_more(certificate.own_halves, _verdict_of_halves(run)),
    )


def _verdict_of_equals(run: GateRun) -> Verdict | None:
    """None where it says nothing of false alarms."""
    if not run.complete or not run.header.is_of_equals:
        return None
    return replay(run.header, run.blocks, run.complete).verdict


def _verdict_of_halves(run: GateRun) -> Verdict | None:
    return judge_own_halves(run).verdict if run.complete else None


def _alarms(verdicts: Iterable[Verdict]) -> Counted:
    counts = Counter(verdicts)
    judged = counts.total() - counts[INVALID]
    return Counted(counts[REGRESSION], judged, upper(counts[REGRESSION], judged))


def _one_more(before: Counted, verdict: Verdict | None) -> Counted:
    if verdict in (None, INVALID):
        return before
    found, of = before.found + (verdict == REGRESSION), before.of + 1
    return Counted(found, of, upper(found, of))


def is_of_own_server(run: GateRun) -> bool:
    """Whether it compared the certificate's own server with itself, undisturbed."""
    header = run.header
    return header.is_of_equals and (header.baseline, header.url) == (BASELINE_COMMAND, URL)


def _blocks_of(runs: Sequence[GateRun], injection: Injection) -> list[BlockRecord]:
    """Of the same servers, whatever contend stored them, and whatever gate they were measured for.
    A disturbance is told by the name alone."""
    commands = (BASELINE_COMMAND, injection.candidate)
    names = (injection.name, "") if injection.is_worse else (injection.name,)
    of_it = [
        run
        for run in runs
        if (run.header.baseline, run.header.candidate) == commands and run.header.injected in names
    ]
    return [block for run in of_it for block in run.blocks]


def _drawable(blocks: Sequence[BlockRecord], looks: Looks) -> Drawable:
    """With the figures that gate in a gate of its greatest length."""
    kept = [Sides(one) for one in kept_of(blocks)]
    logs = {one: [log_ratio(one, block) for block in kept] for one in FIGURES}
    needed = {one: gates_from(one, logs[one], kept) for one in FIGURES}
    gating = {one: many for one, many in needed.items() if many and many <= looks.at[-1]}
    table = np.array([logs[one] for one in gating], dtype=float).reshape(len(gating), len(kept))
    return Drawable(list(gating), table.T, list(gating.values()))


def _scatter(figure: GateFigure, equal: Drawable, looks: Looks, draws: Draws) -> Scatter:
    if figure not in equal.figures:
        return Scatter(figure.name, figure.delta, None, None)
    logs = equal.logs[:, equal.figures.index(figure)]
    return Scatter(
        figure.name,
        figure.delta,
        sigma=float(logs.std(ddof=1)) if len(logs) > 1 else None,
        smallest_change=_smallest_change(figure, equal, looks, draws),
        passes_at_delta=_passes(figure, figure.delta, equal, looks, draws),
        passes_at_twice=_passes(figure, 2 * figure.delta, equal, looks, draws),
    )


def _passes(
    figure: GateFigure, change: float, equal: Drawable, looks: Looks, draws: Draws
) -> Counted:
    """Though this one figure is worse by `change`, and the others are as they were."""
    worse = {figure.name: 1 + change}
    found = simulate(equal, looks, draws.of_a_change, _SEED, worse, swaps_sides=True)
    return Counted(found.passes, found.gates, upper(found.passes, found.gates))


def _smallest_change(
    figure: GateFigure, equal: Drawable, looks: Looks, draws: Draws
) -> float | None:
    """By halving; None where the largest that is tried is not found often enough either."""

    def is_found(change: float) -> bool:
        worse = {figure.name: 1 + change}
        found = simulate(equal, looks, draws.of_a_change, _SEED, worse, swaps_sides=True)
        return found.regressions >= POWER * found.gates

    low, high = figure.delta, _LARGEST_CHANGE
    if not is_found(high):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return high


def _injected(
    injection: Injection, blocks: Sequence[BlockRecord], looks: Looks, draws: Draws
) -> Injected:
    kept = kept_of(blocks)
    drawable = _drawable(blocks, looks)
    ratios: dict[str, float | None] = {}
    for one in FIGURES:
        logs = [log for block in kept if (log := log_ratio(one, block)) is not None]
        ratios[one.name] = as_ratio(one, float(np.mean(logs))) if logs else None
    if not len(drawable.logs) or not drawable.figures:
        return Injected(injection.name, 0, len(blocks), ratios, Counted(0, 0, 1.0), 0.0)
    found = simulate(drawable, looks, draws.gates, _SEED)
    is_worse = injection.is_worse
    bound = (lower if is_worse else upper)(found.regressions, found.gates)
    return Injected(
        name=injection.name,
        blocks=len(kept),
        dropped_blocks=len(blocks) - len(kept),
        ratios=ratios,
        regressions=Counted(found.regressions, found.gates, bound, is_upper=not is_worse),
        median_blocks=found.median_blocks,
    )
