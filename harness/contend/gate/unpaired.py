"""A verdict from times that were measured apart: by Welch's t on their logs. Pure.

Nothing cancels what the machine did between the two, so it is always advisory: a common method of
its kind calls 38% of identical systems different (ICPE 2017). A benchmark that the candidate didn't
get through can't be judged, and nothing passes beside it.
"""

import math
from collections.abc import Container, Iterator, Sequence

import numpy as np
from scipy import special

from contend.findings.benchmark_file import Benchmarks
from contend.gate.document import (
    INCONCLUSIVE,
    PASS,
    REGRESSION,
    SCHEMA,
    GateDocument,
    Metric,
    Verdict,
)

DELTA = 0.05  # of every time, unless told otherwise
ALPHA = 0.0075  # over all times (Bonferroni)
PASS_ALPHA = 0.05  # of each upper bound
_LEAST_REPETITIONS = 2


def decide_unpaired(
    baseline: Benchmarks, candidate: Benchmarks, delta: float = DELTA
) -> GateDocument:
    """Of the names that both have."""
    before, after = baseline.times, candidate.times
    names = [name for name in before if name in after]
    metrics = tuple(_metric(name, before[name], after[name], delta, len(names)) for name in names)
    unjudged = dict(_unjudged(baseline, candidate))
    verdicts = [one.verdict for one in metrics if one.reason is None]
    verdict: Verdict = INCONCLUSIVE
    if REGRESSION in verdicts:
        verdict = REGRESSION
    elif verdicts and all(one == PASS for one in verdicts) and not unjudged:
        verdict = PASS
    told = {*unjudged, *(name for side in (baseline, candidate) for name in _unmeasured(side))}
    unmatched = {one for one in set(before) ^ set(after) if one.rpartition("/")[0] not in told}
    return GateDocument(
        schema=SCHEMA,
        verdict=verdict,
        advisory=True,
        are_apart=True,
        blocks=0,
        dropped_blocks=0,
        metrics=(*metrics, *(_without_times(name, why, delta) for name, why in unjudged.items())),
        reasons=(
            *_reasons(metrics, unmatched),
            *(f"{name} can't be judged: {why}" for name, why in unjudged.items()),
            *_left_out(baseline, candidate, unjudged),
        ),
    )


def _unjudged(baseline: Benchmarks, candidate: Benchmarks) -> Iterator[tuple[str, str]]:
    """Names and reasons: what failed in the candidate, and what it skipped though the baseline
    measured it."""
    for name, message in candidate.failed.items():
        yield name, f"it failed in the candidate{_quoted(message)}"
    measured = {name.rpartition("/")[0] for name in baseline.times}
    for name, message in candidate.skipped.items():
        if name in measured:
            yield name, f"the candidate skipped it{_quoted(message)}"


def _left_out(
    baseline: Benchmarks, candidate: Benchmarks, unjudged: Container[str]
) -> Iterator[str]:
    """What has nothing to be compared with."""
    for name, message in baseline.failed.items():
        if name not in unjudged:
            yield f"{name} is left out: it failed in the baseline{_quoted(message)}"
    for name in {**baseline.skipped, **candidate.skipped}:
        if name not in unjudged and name not in baseline.failed:
            side = "baseline" if name in baseline.skipped else "candidate"
            message = {**candidate.skipped, **baseline.skipped}[name]
            yield f"{name} is left out: the {side} skipped it{_quoted(message)}"


def _quoted(message: str) -> str:
    return f": {message}" if message else ""


def _unmeasured(side: Benchmarks) -> tuple[str, ...]:
    return (*side.failed, *side.skipped)


def _without_times(name: str, why: str, delta: float) -> Metric:
    return Metric(name, delta, None, None, None, None, INCONCLUSIVE, reason=why)


def _metric(
    name: str, baseline: Sequence[float], candidate: Sequence[float], delta: float, family: int
) -> Metric:
    sides = [np.log(np.asarray(one, dtype=float)) for one in (baseline, candidate)]
    log_ratio = float(sides[1].mean() - sides[0].mean())
    low = high = p = None
    verdict: Verdict = INCONCLUSIVE
    reason = None
    if min(len(baseline), len(candidate)) < _LEAST_REPETITIONS:
        reason = "one repetition: --benchmark_repetitions=10 gives it an interval"
    else:
        error, freedom = _welch(sides)
        margin = math.log1p(delta)
        half = error * float(special.stdtrit(freedom, 1 - PASS_ALPHA))
        low, high = math.exp(log_ratio - half), math.exp(log_ratio + half)
        p = min(1.0, family * _tail(margin - log_ratio, error, freedom))
        if p <= ALPHA:
            verdict = REGRESSION
        elif high <= 1 + delta:
            verdict = PASS
    return Metric(
        name=name,
        delta=delta,
        ratio=math.exp(log_ratio),
        low=low,
        high=high,
        p_adjusted=p,
        verdict=verdict,
        baseline=float(np.exp(sides[0].mean())),
        candidate=float(np.exp(sides[1].mean())),
        reason=reason,
    )


def _welch(sides: Sequence[np.ndarray]) -> tuple[float, float]:
    """Standard error and degrees of freedom (Satterthwaite, Biometrics Bulletin 2, 1946)."""
    squares = [float(one.var(ddof=1)) / len(one) for one in sides]
    total = sum(squares)
    weights = sum(square**2 / (len(one) - 1) for square, one in zip(squares, sides, strict=True))
    return math.sqrt(total), total**2 / weights if weights else 1.0


def _tail(distance: float, error: float, freedom: float) -> float:
    """The chance of a mean so far above the margin, were it there."""
    if not error:
        return 0.0 if distance < 0 else 1.0
    return float(special.stdtr(freedom, distance / error))


def _reasons(metrics: Sequence[Metric], unmatched: set[str]) -> tuple[str, ...]:
    said = ["baseline and candidate were measured apart: what the machine did between is in it"]
    for one in metrics:
        if one.reason is not None:
            said.append(f"{one.name} gates nothing: {one.reason}")
        elif one.verdict == REGRESSION:
            said.append(f"{one.name} is worse than its delta of {one.delta:.2%} allows")
    if unmatched:
        said.append(f"{len(unmatched)} names are on one side alone, such as {min(unmatched)}")
    return tuple(said)
