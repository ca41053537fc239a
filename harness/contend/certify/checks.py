"""What a certificate checks, from the request pairs of one trial. Pure functions.

Each bound is a named constant, and stands beside the error in the document.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contend.certify.certificate import QUANTILES, Check, ShareCheck
from contend.certify.plan import OracleTrial
from contend.certify.request_pairs import RequestPairs
from contend.stats.trace import quantile_half_width, share_half_width
from contend.trials.document import Validity

# A law's error, request by request: the larger of a share of the truth and a time.
LAW_BOUNDS = {
    "p50": (0.01, 50_000),
    "p90": (0.01, 50_000),
    "p99": (0.01, 50_000),
    "p99.9": (0.02, 200_000),
}
# A queue's quantile against that of the same trace, and against the closed form.
QUEUE_BOUND = 0.03
QUEUE_QUANTILES = ("p50", "p99")
BATCHES = 20


@dataclass(frozen=True)
class Measured:
    """One finished trial."""

    trial: OracleTrial
    pairs: RequestPairs
    reported_ns: Mapping[str, int]  # the latency's quantiles as contend load prints them
    validity: Validity
    generator_gaps: int
    oracle_gaps: int


def base_ns(pairs: RequestPairs) -> int:
    """The median round trip of instant service, of undisturbed requests where there are any."""
    taken = pairs.reported_ns - pairs.truth_ns
    undisturbed = taken[pairs.rest]
    chosen = undisturbed if len(undisturbed) else taken
    return int(np.median(chosen)) if len(chosen) else 0


def checks_of(one: Measured, base: int) -> Iterator[Check | ShareCheck | str]:
    yield _outcomes(one)
    if one.trial.kind == "law":
        yield from against_each(one.trial.name, [one.pairs], base)
    if one.trial.kind == "queue":
        yield from _against_trace(one)
    if one.trial.closed_form_ns is not None:
        yield from _against_closed_form(one)
    if one.trial.blocked is not None:
        yield from _against_erlang(one)


def against_each(
    name: str, pairs: Sequence[RequestPairs], base: int, with_apart: bool = False
) -> Iterator[Check | str]:
    """Request by request, of one trial or of several at one rate together: each error beside the
    bound of its own request, so that a slow one lends a fast one nothing. What is told of a
    quantile is the request at that quantile of error over bound.
    """
    which = [one.rest | with_apart for one in pairs]
    reported = np.concatenate([one.reported_ns[of] for one, of in zip(pairs, which, strict=True)])
    truth = np.concatenate([one.truth_ns[of] for one, of in zip(pairs, which, strict=True)])
    errors = np.concatenate([one.error_ns(base)[of] for one, of in zip(pairs, which, strict=True)])
    for quantile, share in QUANTILES.items():
        if not _resolves(len(errors), share):
            yield f"{name} {quantile}: {len(errors):,} undisturbed requests are too few"
            continue
        relative, least = LAW_BOUNDS[quantile]
        bounds = np.maximum(relative * truth, least)
        place = math.ceil(share * len(errors)) - 1
        at = np.argpartition(errors / bounds, place)[place]
        yield _check(
            *(name, quantile, float(reported[at]), float(truth[at])),
            error=float(errors[at]),
            bound=float(bounds[at]),
            requests=len(errors),
        )


def _against_trace(one: Measured) -> Iterator[Check]:
    """The figure that a user reads, of all requests, beside the same trace's right one."""
    truth = one.pairs.truth_ns
    for name in QUEUE_QUANTILES if len(truth) else ():
        reported, right = one.reported_ns[name], float(np.quantile(truth, QUANTILES[name]))
        yield _check(
            *(f"{one.trial.name}/trace", name, reported, right),
            error=abs(reported - right),
            bound=QUEUE_BOUND * right,
            requests=len(truth),
        )


def _against_closed_form(one: Measured) -> Iterator[Check | str]:
    """Where the trace is long enough to know its own quantile within the bound. A longer one could
    be off by its own interval and by the bound; one in twenty is off by more than its interval."""
    assert one.trial.closed_form_ns is not None
    truth = one.pairs.truth_ns
    for name in QUEUE_QUANTILES:
        right = one.trial.closed_form_ns(QUANTILES[name])
        bound = QUEUE_BOUND * right
        half = quantile_half_width(truth, QUANTILES[name], BATCHES)
        if right <= 0:
            continue
        if half is None or half > bound:
            known = "not at all" if half is None else f"within {half / right:.1%}"
            yield f"{one.trial.name}/closed-form {name}: the trace knows it {known}"
            continue
        reported = one.reported_ns[name]
        yield _check(
            *(f"{one.trial.name}/closed-form", name, reported, right),
            error=abs(reported - right),
            bound=bound + half,
            requests=len(truth),
        )


def _against_erlang(one: Measured) -> Iterator[ShareCheck | str]:
    assert one.trial.blocked is not None
    pairs = one.pairs
    share = float(pairs.was_refused.mean()) if pairs.requests else 0.0
    bound = QUEUE_BOUND * one.trial.blocked
    half = share_half_width(pairs.was_refused, BATCHES)
    if half is None or half > bound:
        known = "not at all" if half is None else f"within {half / one.trial.blocked:.1%}"
        yield f"{one.trial.name}/closed-form refused: the trace knows it {known}"
        return
    yield _share_check(
        f"{one.trial.name}/closed-form refused", share, one.trial.blocked, bound + half, pairs
    )


def _outcomes(one: Measured) -> ShareCheck:
    pairs = one.pairs
    right = 1 - pairs.mistaken / pairs.requests if pairs.requests else 0.0
    return _share_check(f"{one.trial.name}/outcomes", right, 1.0, 0.0, pairs)


def _check(
    name: str,
    quantile: str,
    reported: float,
    truth: float,
    *,
    error: float,
    bound: float,
    requests: int,
) -> Check:
    return Check(
        name=name,
        quantile=quantile,
        reported_ns=round(reported),
        truth_ns=round(truth),
        error_ns=round(error),
        bound_ns=round(bound),
        holds=error <= bound,
        requests=requests,
    )


def _share_check(
    name: str, reported: float, truth: float, bound: float, pairs: RequestPairs
) -> ShareCheck:
    error = abs(reported - truth)
    return ShareCheck(
        name=name,
        reported=reported,
        truth=truth,
        error=error,
        bound=bound,
        holds=error <= bound,
        requests=pairs.requests,
    )


def _resolves(count: int, quantile: float) -> bool:
    """Whether there is a sample beyond it."""
    return count >= round(1 / (1 - quantile))
