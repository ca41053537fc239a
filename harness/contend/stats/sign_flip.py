"""Paired log-ratios, tested by flipping their signs: pure functions of numbers and a seed.

Each row of `logs` is a block's, each column a figure's. Under a hypothesis about a figure's centre
the deviations from it are as likely to have one sign as the other, block by block; nothing else is
assumed of how they scatter, and the figures of one block may depend on each other in any way
(Fisher, The Design of Experiments, 1935, section 21). All sign patterns are enumerated while there
are few, else enough of them are drawn.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENUMERATED_BLOCKS = 14
FLIPS = 20_000


@lru_cache(maxsize=4)
def sign_patterns(blocks: int, seed: int, flips: int = FLIPS) -> Floats:
    """Rows of +1 and -1, as many columns as blocks; the first row is what was observed.

    All 2^n for up to ENUMERATED_BLOCKS, else `flips` that the seed draws beside the observed one.
    """
    if blocks <= ENUMERATED_BLOCKS:
        numbers = np.arange(2**blocks)[:, None]
        bits = (numbers >> np.arange(blocks)) & 1
    else:
        drawn = np.random.default_rng(seed).integers(0, 2, (flips, blocks))
        bits = np.vstack([np.zeros((1, blocks), dtype=drawn.dtype), drawn])
    signs: Floats = (1 - 2 * bits).astype(np.float64)
    signs.flags.writeable = False  # the same for all figures of a look
    return signs


def least_p(blocks: int) -> float:
    """No test of so many blocks can be surer."""
    return 2.0**-blocks if blocks <= ENUMERATED_BLOCKS else 1.0 / (FLIPS + 1)


def p_above(logs: Floats, margins: Floats, signs: Floats) -> Floats:
    """Of each figure: how likely its mean would be so far above its margin, or any figure's so far
    above its own, if none were above it. Adjusted for the family by the largest studentised mean
    of each pattern (Westfall and Young, Resampling-Based Multiple Testing, 1993, algorithm 2.5).
    """
    largest = _studentised(logs - margins, signs).max(axis=1)
    observed = _studentised(logs - margins, signs[:1])[0]
    at_least: Floats = (largest[:, None] >= observed - _tolerance(observed)).mean(axis=0)
    return at_least


def p_below(logs: Floats, margins: Floats, signs: Floats) -> Floats:
    """Of each figure by itself: how likely its mean would be so far below its margin, if it were
    not below it. At most `alpha` exactly where the upper one of bounds(…, alpha, …) is below it.
    """
    deviations = margins - logs
    means = signs @ deviations / len(deviations)
    tolerance = _tolerance(means[0])
    at_least: Floats = (means >= means[0] - tolerance).mean(axis=0)
    return at_least


def bounds(logs: Floats, alpha: float, signs: Floats) -> tuple[float, float]:
    """Of one figure's centre: where it isn't below, nor above, each with a risk of `alpha`.

    The tests at all centres in one: a pattern speaks against a centre below the mean of the blocks
    that it flips (Hartigan, Using subsample values as typical values, JASA 64, 1969). Infinite
    where the blocks are too few for it.
    """
    flipped = signs < 0
    counts = flipped.sum(axis=1)
    some = counts > 0
    means = np.sort((flipped[some] @ logs) / counts[some])
    # Patterns that flip nothing, the observed one first, speak against no centre.
    allowed = int(np.floor(alpha * len(signs) + 1e-9)) - int((~some).sum())
    if allowed < 0:
        return -np.inf, np.inf
    if allowed >= len(means):
        raise ValueError(f"alpha must be below 1, not {alpha}")
    return float(means[allowed]), float(means[len(means) - 1 - allowed])


def _studentised(deviations: Floats, signs: Floats) -> Floats:
    """The mean over its standard error, a row a pattern; flipping leaves squares as they are."""
    blocks = len(deviations)
    means = signs @ deviations / blocks
    variances = (deviations**2).mean(axis=0) - means**2
    errors = np.sqrt(np.maximum(variances, 0.0) / max(blocks - 1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(errors > 0, means / errors, np.sign(means) * np.inf)
    # Nothing deviates in any way: no pattern differs from another.
    return np.nan_to_num(found, nan=0.0, posinf=np.inf, neginf=-np.inf)


def _tolerance(values: Floats) -> Floats:
    """Of the sums' rounding, so that a pattern which only orders them anew counts as equal."""
    return 1e-9 * np.abs(np.where(np.isfinite(values), values, 0.0))
