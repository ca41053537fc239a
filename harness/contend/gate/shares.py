"""How much of what a gate measured went wrong in a way: requests that failed, turns that stalled.

As a figure's log-ratio, a block's share of the candidate less the baseline's is tested by sign
flips: more than delta is a regression, and a pass needs an upper bound that lies below it. Pure.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from contend.gate.block import BASELINE, CANDIDATE, Side
from contend.gate.document import INCONCLUSIVE, PASS, REGRESSION, Share, Verdict
from contend.gate.figures import Sides, stalled_shares
from contend.gate.risks import PASS_ALPHA, SHARE_ALPHA
from contend.stats.binomial import upper
from contend.stats.sign_flip import bounds, p_above, sign_patterns

MORE_ERRORS = 0.001  # of all requests
MORE_STALLS = 0.05  # of the turns in the open loop

# The baseline's and the candidate's, a pair a block.
Pairs = Sequence[tuple[float, float]]


def shares_of(kept: Sequence[Sides], risk: float | None, seed: int) -> tuple[Share, ...]:
    """At a look that spends `risk` of what may go wrong in all; None: no look, and no verdict."""
    of_errors: Pairs = [(_errors(one, BASELINE), _errors(one, CANDIDATE)) for one in kept]
    of_stalls: Pairs = [stalled_shares(one) for one in kept]
    errors = _share("errors", "requests", of_errors, MORE_ERRORS)
    stalls = _share("stalls", "turns", of_stalls, MORE_STALLS)
    if risk is None:
        return errors, stalls
    return (
        judged(errors, of_errors, risk, seed, _most_errors(kept)),
        judged(stalls, of_stalls, risk, seed),
    )


def judged(
    share: Share, pairs: Pairs, risk: float, seed: int, counted_high: float = -math.inf
) -> Share:
    """By the blocks; `counted_high` is an upper bound of another kind, which a pass needs too."""
    more = np.array([candidate - baseline for baseline, candidate in pairs])
    signs = sign_patterns(len(more), seed)
    p = float(p_above(more[:, None], np.array([share.delta]), signs)[0])
    high = max(bounds(more, PASS_ALPHA, signs)[1], counted_high)
    verdict: Verdict = INCONCLUSIVE
    if p <= SHARE_ALPHA * risk:
        verdict = REGRESSION
    elif high < share.delta:
        verdict = PASS
    return replace(share, p=p, high=high if math.isfinite(high) else None, verdict=verdict)


def _share(name: str, of: str, pairs: Pairs, delta: float) -> Share:
    baseline, candidate = np.mean(pairs, axis=0).tolist() if pairs else (0.0, 0.0)
    return Share(name, of, baseline, candidate, None, INCONCLUSIVE, delta)


def _errors(block: Sides, side: Side) -> float:
    scheduled, errors = _counts([block], side)
    return errors / scheduled if scheduled else 0.0


def _counts(blocks: Sequence[Sides], side: Side) -> tuple[int, int]:
    bursts = [burst for block in blocks for burst in block.of(side)]
    return sum(one.scheduled for one in bursts), sum(one.failed for one in bursts)


def _most_errors(kept: Sequence[Sides]) -> float:
    """Of the requests that failed beyond the baseline's, counted over all blocks: the share's upper
    bound, were each by itself. Sign flips take shares for symmetric: where a block has few
    requests, and most blocks no error, they are too sure of it. Without such a request there is
    nothing that could be more."""
    (of_baseline, before), (scheduled, errors) = (
        _counts(kept, side) for side in (BASELINE, CANDIDATE)
    )
    expected = before * scheduled / of_baseline if of_baseline else 0.0
    more = math.ceil(errors - expected)
    return upper(more, scheduled) if more > 0 else -math.inf
