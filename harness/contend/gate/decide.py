"""The gate's verdict from its blocks: pure, so that the same blocks and seed always give the same.

The block is the unit. At predeclared looks each figure's log-ratios are tested against its margin
by sign flips, all figures as one family; what may go wrong in all is spent in equal parts over the
looks. A regression exceeds its margin; a pass has the upper bound of every gating figure and of
every share (shares.py) below its own; anything else goes on, and is inconclusive at the last look.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from contend.blocks.record import BlockRecord
from contend.gate.admission import why_not_gating, why_waiting
from contend.gate.block import BASELINE, CANDIDATE, Side
from contend.gate.document import (
    INCONCLUSIVE,
    INVALID,
    PASS,
    REGRESSION,
    SCHEMA,
    GateDocument,
    Metric,
    Share,
    Verdict,
    of_both,
)
from contend.gate.figures import GateFigure, Sides, as_ratio, block_value, log_ratio
from contend.gate.risks import ALPHA, PASS_ALPHA, SHARE_ALPHA
from contend.gate.shares import shares_of
from contend.stats.sign_flip import Floats, bounds, least_p, p_above, p_below, sign_patterns

LOOKS = 5
# With more of its blocks dropped, the machine is too noisy for any verdict.
MOST_DROPPED = 0.5


@dataclass(frozen=True)
class Looks:
    """When the gate looks, set before the first block."""

    most_blocks: int

    @property
    def at(self) -> tuple[int, ...]:
        """Numbers of blocks, none before a test of so many could be sure enough."""
        return tuple(self._parts)

    def risk(self, blocks: int) -> float:
        """The part of what may go wrong in all that a look at so many blocks spends. Looks that
        would come too early spend theirs together, at the first that doesn't."""
        return self._parts.get(blocks, 1) / LOOKS

    @property
    def _parts(self) -> dict[int, int]:
        """How many of LOOKS equal parts come at once, by the number of blocks."""
        least = least_blocks()
        return Counter(
            max(math.ceil(self.most_blocks * k / LOOKS), least) for k in range(1, LOOKS + 1)
        )


def least_blocks() -> int:
    """With fewer, no p can be as small as a look's share of the risk."""
    share = min(ALPHA, SHARE_ALPHA) / LOOKS
    return next(n for n in range(1, 64) if least_p(n) <= share)


def decide(
    figures: Sequence[GateFigure], blocks: Sequence[BlockRecord], looks: Looks, seed: int
) -> GateDocument:
    """At a look, or at the end. Of blocks that were dropped only their number counts."""
    kept = [Sides(one) for one in kept_of(blocks)]
    enough = len(kept) >= least_blocks()
    logs = {one.name: [log_ratio(one, block) for block in kept] for one in figures}
    figures = [one for one in figures if not one.is_optional or _is_known(logs[one.name])]
    why_not = {one.name: why_not_gating(one, logs[one.name], kept) for one in figures}
    gating = [one for one in figures if why_not[one.name] is None]
    risk = looks.risk(len(kept))
    tested = _tested(gating, logs, risk, seed) if enough and gating else {}
    metrics = tuple(
        _metric(one, logs[one.name], tested.get(one.name), why_not[one.name], kept, seed)
        for one in figures
    )
    shares = shares_of(kept, risk if enough else None, seed)
    verdict = _verdict([one.verdict for one in metrics if one.reason is None], shares)
    reasons = _reasons(metrics, shares, len(kept), looks)
    if verdict == PASS and (waits := why_waiting(figures, logs, why_not, kept, looks.at[-1])):
        verdict, reasons = INCONCLUSIVE, (*reasons, waits)
    if len(blocks) > 1 and len(kept) < (1 - MOST_DROPPED) * len(blocks):
        verdict = INVALID  # and what isn't valid is no regression
        metrics = tuple(msgspec.structs.replace(one, verdict=INVALID) for one in metrics)
        shares = tuple(msgspec.structs.replace(one, verdict=INVALID) for one in shares)
        reasons = (f"{len(blocks) - len(kept)} of {len(blocks)} blocks were dropped", *reasons)
    return GateDocument(
        schema=SCHEMA,
        verdict=verdict,
        advisory=False,
        blocks=len(kept),
        dropped_blocks=len(blocks) - len(kept),
        metrics=metrics,
        shares=shares,
        reasons=reasons,
        is_final=verdict in (PASS, REGRESSION) or len(kept) >= looks.at[-1],
    )


@dataclass(frozen=True)
class Tested:
    p: float  # that it is within its margin, for the whole family
    verdict: Verdict


def look_at(table: Floats, margins: Floats, signs: Floats, risk: float) -> list[Tested]:
    """At a look: a row of `table` is a block's log-ratios, a column a gating figure's; `risk` is
    its part of what may go wrong in all."""
    worse = p_above(table, margins, signs)
    within = p_below(table, margins, signs)
    found = []
    for p, p_within in zip(worse, within, strict=True):
        verdict: Verdict = INCONCLUSIVE
        if p <= ALPHA * risk:
            verdict = REGRESSION
        elif p_within <= PASS_ALPHA:
            verdict = PASS
        found.append(Tested(float(p), verdict))
    return found


def _tested(
    gating: Sequence[GateFigure], logs: dict[str, list[float | None]], risk: float, seed: int
) -> dict[str, Tested]:
    table = np.array([logs[one.name] for one in gating], dtype=float).T
    margins = np.array([one.margin for one in gating])
    found = look_at(table, margins, sign_patterns(len(table), seed), risk)
    return {one.name: tested for one, tested in zip(gating, found, strict=True)}


def _metric(
    figure: GateFigure,
    logs: Sequence[float | None],
    tested: Tested | None,
    why_not: str | None,
    kept: Sequence[Sides],
    seed: int,
) -> Metric:
    known = np.array([one for one in logs if one is not None])
    ratio = low = high = None
    if len(known):
        ratio = as_ratio(figure, float(known.mean()))
        below, above = bounds(known, PASS_ALPHA, sign_patterns(len(known), seed))
        if math.isfinite(below) and math.isfinite(above):
            low, high = sorted((as_ratio(figure, below), as_ratio(figure, above)))
    return Metric(
        name=figure.name,
        delta=figure.delta,
        ratio=ratio,
        low=low,
        high=high,
        p_adjusted=None if tested is None else tested.p,
        verdict=INCONCLUSIVE if tested is None else tested.verdict,
        higher_is_worse=figure.higher_is_worse,
        baseline=_mean(figure, kept, BASELINE),
        candidate=_mean(figure, kept, CANDIDATE),
        reason=why_not,
    )


def _mean(figure: GateFigure, kept: Sequence[Sides], side: Side) -> float | None:
    """Geometric, over the blocks that have it."""
    values = [found for block in kept if (found := block_value(figure, block, side))]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def kept_of(blocks: Sequence[BlockRecord]) -> list[BlockRecord]:
    return [one for one in blocks if one.dropped is None]


def _is_known(logs: Sequence[float | None]) -> bool:
    return any(one is not None for one in logs)


def _verdict(of_metrics: Sequence[Verdict], shares: Sequence[Share]) -> Verdict:
    if REGRESSION in (*of_metrics, *(one.verdict for one in shares)):
        return REGRESSION
    every = (*of_metrics, *(one.verdict for one in shares))
    return PASS if of_metrics and all(one == PASS for one in every) else INCONCLUSIVE


def _reasons(
    metrics: Sequence[Metric], shares: Sequence[Share], kept: int, looks: Looks
) -> tuple[str, ...]:
    """What stands against a pass."""
    said = []
    if kept < least_blocks():
        said.append(f"{kept} blocks, and {least_blocks()} are the least that can be sure")
    for share in shares:
        if share.verdict == REGRESSION:
            said.append(f"{share.name}: {of_both(share)}")
        elif share.verdict == INCONCLUSIVE and kept >= least_blocks():
            limit = f"it may be {share.delta:.2%} more, or beyond"
            said.append(f"{share.name}: {of_both(share)}; {limit}")
    for one in metrics if kept else ():
        if one.reason is not None:
            said.append(f"{one.name} gates nothing: {one.reason}")
        elif one.verdict == REGRESSION:
            said.append(f"{one.name} is worse than its delta of {one.delta:.2%} allows")
        elif one.verdict == INCONCLUSIVE and kept >= least_blocks():
            said.append(f"{one.name} may be within its delta of {one.delta:.2%} or beyond")
    return tuple(said)
