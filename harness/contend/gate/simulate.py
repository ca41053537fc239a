"""Gates drawn from stored blocks: how often each verdict comes, were the candidate so much worse.

Each gate draws its blocks anew, with replacement, from those that a machine gave; a change is put
in by shifting their log-ratios. So noise, tails and the figures' dependence are the machine's own.
Pure, by a seed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contend.gate.decide import Looks, look_at
from contend.gate.document import INCONCLUSIVE, PASS, REGRESSION, Verdict
from contend.gate.figures import GateFigure
from contend.stats.sign_flip import Floats, sign_patterns

# Sign patterns that gates have in common, fewer than a gate itself draws, but enough for its
# smallest p; each draws its own blocks.
_PATTERNS_SEED, _FLIPS = 1, 4_000


@dataclass(frozen=True)
class Drawable:
    """What gates are drawn from. REQUIRES: a figure and a block, at the least."""

    figures: Sequence[GateFigure]
    logs: Floats  # a row a block, a column a figure
    gates_from: Sequence[int]  # of each figure, the blocks that a gate needs before it counts


@dataclass(frozen=True)
class Verdicts:
    gates: int
    by_verdict: dict[str, int]
    median_blocks: float  # until the verdict

    @property
    def regressions(self) -> int:
        return self.by_verdict.get(REGRESSION, 0)

    @property
    def passes(self) -> int:
        return self.by_verdict.get(PASS, 0)


def simulate(
    drawable: Drawable,
    looks: Looks,
    gates: int,
    seed: int,
    worse: Mapping[str, float] | None = None,
    swaps_sides: bool = False,
) -> Verdicts:
    """`worse` has the ratio by which a figure of the candidate is worse than the baseline's. With
    `swaps_sides` a coin says of each block which of two equal servers is called the candidate: no
    chance of the few blocks that there are, such as a single one far off, then speaks for a side.
    """
    shift = np.array([np.log((worse or {}).get(one.name, 1.0)) for one in drawable.figures])
    patterns = {at: sign_patterns(at, _PATTERNS_SEED, _FLIPS) for at in looks.at}
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    lengths = []
    for _ in range(gates):
        drawn = drawable.logs[rng.integers(0, len(drawable.logs), looks.at[-1])]
        if swaps_sides:
            drawn = drawn * rng.choice((-1.0, 1.0), (len(drawn), 1))
        verdict, blocks = _gate(drawable, drawn + shift, looks, patterns)
        counts[verdict] += 1
        lengths.append(blocks)
    return Verdicts(gates, dict(counts), float(np.median(lengths)))


def _gate(
    drawable: Drawable, drawn: Floats, looks: Looks, patterns: Mapping[int, Floats]
) -> tuple[Verdict, int]:
    margins = np.array([one.margin for one in drawable.figures])
    gates_from = np.array(drawable.gates_from)
    for at in looks.at:
        counts = gates_from <= at
        if not counts.any():
            continue
        tested = look_at(drawn[:at, counts], margins[counts], patterns[at], looks.risk(at))
        found = [one.verdict for one in tested]
        if REGRESSION in found:
            return REGRESSION, at
        # A pass waits for figures that will count.
        if counts.all() and all(one == PASS for one in found):
            return PASS, at
    return INCONCLUSIVE, looks.at[-1]
