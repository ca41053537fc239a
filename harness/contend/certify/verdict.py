"""What a certificate concludes from all of its trials: what is proved, or why not. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from contend.certify.certificate import (
    INCOMPLETE,
    NOT_PROVED,
    PROVED,
    QUANTILES,
    TOO_NOISY,
    Certificate,
    CertifiedTrial,
    Check,
    CoreProbe,
    Promise,
    Quantiles,
    ShareCheck,
)
from contend.certify.checks import Measured, against_each, base_ns, checks_of
from contend.certify.oracle import Times
from contend.certify.request_pairs import Flags
from contend.durations import format_ns
from contend.machine.environment import Environment

# Beyond this share of requests that were disturbed, those that were not stand for nothing, unless
# the disturbed ones keep the bounds too.
MOST_APART = 0.1


def certify(
    started: str,
    scale: str,
    environment: Environment,
    cores: Sequence[CoreProbe],
    measured: Sequence[Measured],
    max_rate_per_s: float | None,
    is_complete: bool,
    failure: str | None = None,
) -> Certificate:
    """`failure` is what ended it early, when that was no interrupt. Of a trial that was measured
    more than once the last counts; the document has them all."""
    attempts, measured = measured, _counted(measured)
    bases = {
        one.trial.rate_per_s: base_ns(one.pairs) for one in measured if one.trial.kind == "base"
    }
    found = [
        check for one in measured for check in checks_of(one, bases.get(one.trial.rate_per_s, 0))
    ]
    found += [check for rate, base in bases.items() for check in _pooled(rate, base, measured)]
    checks = tuple(one for one in found if isinstance(one, Check))
    shares = tuple(one for one in found if isinstance(one, ShareCheck))
    trials = tuple(_trial(one, bases.get(one.trial.rate_per_s)) for one in measured)
    noise = (*_not_valid(trials), *_disturbed(measured, bases))
    broken = [_said(one) for one in found if not isinstance(one, str) and not one.holds]
    verdict = TOO_NOISY if noise else NOT_PROVED if broken else PROVED
    return Certificate(
        started=started,
        scale=scale,
        verdict=verdict if is_complete else INCOMPLETE,
        reasons=(*((failure,) if failure else ()), *(noise or tuple(broken))),
        environment=environment,
        checks=checks,
        share_checks=shares,
        unresolved=tuple(one for one in found if isinstance(one, str)),
        promise=_promise(trials, max_rate_per_s),
        noise_floor={
            str(one.rate_per_s): one.error_all
            for one, from_ in zip(trials, measured, strict=True)
            if from_.trial.kind == "base" and one.error_all is not None
        },
        cores=tuple(cores),
        trials=tuple(_trial(one, bases.get(one.trial.rate_per_s)) for one in attempts),
    )


def _counted(attempts: Sequence[Measured]) -> list[Measured]:
    return list({one.trial.name: one for one in attempts}.values())


def _pooled(rate: int, base: int, measured: Sequence[Measured]) -> Iterator[Check | str]:
    """All laws at one rate together."""
    laws = [
        one.pairs for one in measured if one.trial.kind == "law" and one.trial.rate_per_s == rate
    ]
    if len(laws) > 1:
        yield from against_each(f"oracle/all/{rate}", laws, base)


def _trial(one: Measured, base: int | None) -> CertifiedTrial:
    pairs = one.pairs
    errors = None if base is None else pairs.error_ns(base)
    everything = np.ones(len(pairs.apart), dtype=bool)
    return CertifiedTrial(
        name=one.trial.name,
        rate_per_s=one.trial.rate_per_s,
        validity=one.validity,
        requests=pairs.requests,
        apart=int(pairs.apart.sum()),
        mistaken=pairs.mistaken,
        base_ns=base,
        error=None if errors is None else _quantiles(errors, pairs.rest),
        error_all=None if errors is None else _quantiles(errors, everything),
        send_lag=_quantiles(pairs.send_lag_ns, everything),
        oracle_lag=_quantiles(pairs.oracle_lag_ns, everything),
        generator_gaps=one.generator_gaps,
        oracle_gaps=one.oracle_gaps,
    )


def _quantiles(values: Times, which: Flags) -> Quantiles | None:
    chosen = values[which]
    if not len(chosen):
        return None
    return Quantiles(*(round(float(np.quantile(chosen, q))) for q in QUANTILES.values()))


def _not_valid(trials: Sequence[CertifiedTrial]) -> Iterator[str]:
    """One reason of each verdict, with the first trial that it is true of."""
    for verdict in dict.fromkeys(one.validity.verdict for one in trials):
        of_it = [one for one in trials if one.validity.verdict == verdict]
        if not of_it[0].validity.states_figures:
            why = "; ".join(of_it[0].validity.words)
            which = _which([one.name for one in of_it], len(trials))
            yield f"{verdict}: {which}: {why}"


def _disturbed(measured: Sequence[Measured], bases: Mapping[int, int]) -> Iterator[str]:
    """Setting many requests apart flatters the rest, where those set apart break the bounds. None
    is asked for at p99.9: what a lost core does to one in a thousand, the promise tells."""
    disturbed = [
        one
        for one in measured
        if one.trial.kind == "law"
        and one.pairs.apart.mean() > MOST_APART
        and any(
            isinstance(check, Check) and check.quantile != "p99.9" and not check.holds
            for check in against_each(
                one.trial.name,
                [one.pairs],
                bases.get(one.trial.rate_per_s, 0),
                with_apart=True,
            )
        )
    ]
    if disturbed:
        which = _which([one.trial.name for one in disturbed], len(measured))
        yield (
            f"disturbed: {which}: {disturbed[0].pairs.apart.mean():.0%} of the requests met a "
            f"time in which generator or oracle had lost its core, more than {MOST_APART:.0%}, "
            "and with them its bounds don't hold"
        )


def _which(names: Sequence[str], trials: int) -> str:
    return f"{len(names)} of {trials} trials, the first {names[0]}"


def _promise(trials: Sequence[CertifiedTrial], max_rate_per_s: float | None) -> Promise:
    errors = [
        one.error_all
        for one in trials
        if one.error_all is not None and not one.name.startswith("queue/")
    ]

    def most(field: str) -> int | None:
        return max((getattr(one, field) for one in errors), default=None)

    return Promise(
        p50_ns=most("p50_ns"),
        p90_ns=most("p90_ns"),
        p99_ns=most("p99_ns"),
        p99_9_ns=most("p99_9_ns"),
        max_rate_per_s=max_rate_per_s,
    )


def _said(broken: Check | ShareCheck) -> str:
    if isinstance(broken, ShareCheck):
        return f"{broken.name}: {broken.reported:.4f}, not {broken.truth:.4f}"
    off = f"{format_ns(broken.error_ns)} off, more than {format_ns(broken.bound_ns)}"
    return f"{broken.name} {broken.quantile}: {off}"
