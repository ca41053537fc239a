"""Gates drawn from stored blocks: how often each verdict comes, were the candidate so much worse.

Each gate draws its blocks anew, with replacement, from those that two equal servers gave on this
machine; a change is put in by shifting their log-ratios. So noise, tails and the figures'
dependence are the machine's own. Pure, by a seed.
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
    figures: Sequence[GateFigure],
    logs: Floats,
    looks: Looks,
    gates: int,
    seed: int,
    worse: Mapping[str, float] | None = None,
) -> Verdicts:
    """`logs` has a row a stored block and a column a figure; `worse` the ratio by which a figure of
    the candidate is worse than the baseline's. REQUIRES: there are figures, and blocks."""
    shift = np.array([np.log((worse or {}).get(one.name, 1.0)) for one in figures])
    margins = np.array([one.margin for one in figures])
    patterns = {at: sign_patterns(at, _PATTERNS_SEED, _FLIPS) for at in looks.at}
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    lengths = []
    for _ in range(gates):
        drawn = logs[rng.integers(0, len(logs), looks.at[-1])] + shift
        verdict, blocks = _gate(drawn, margins, looks, patterns)
        counts[verdict] += 1
        lengths.append(blocks)
    return Verdicts(gates, dict(counts), float(np.median(lengths)))


def _gate(
    drawn: Floats, margins: Floats, looks: Looks, patterns: Mapping[int, Floats]
) -> tuple[Verdict, int]:
    for at in looks.at:
        found = [one.verdict for one in look_at(drawn[:at], margins, patterns[at])]
        if REGRESSION in found:
            return REGRESSION, at
        if all(one == PASS for one in found):
            return PASS, at
    return INCONCLUSIVE, looks.at[-1]
