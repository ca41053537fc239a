"""A certificate for people: what was reported beside the truth, what holds, what is promised.

A pure function of the document; the lines carry styles that a pipe drops.
"""

from collections.abc import Iterator

from rich.text import Text

from contend.certify.certificate import (
    PROVED,
    QUANTILES,
    Certificate,
    CertifiedTrial,
    Check,
    CoreProbe,
    Promise,
    Quantiles,
)
from contend.durations import format_ns, three_digits
from contend.reports.terminal import aligned

_ABSENT = "-"


def render(certificate: Certificate) -> list[Text]:
    lines = [*_checks(certificate), *_shares(certificate)]
    lines += [*_errors(certificate), *_floor(certificate), *_cores(certificate)]
    lines += _unresolved(certificate)
    return [*lines, Text(), *_promise(certificate.promise), *_verdict(certificate)]


def _checks(certificate: Certificate) -> Iterator[Text]:
    if not certificate.checks:
        return
    titles = ("check", "", "reported", "truth", "error", "bound", "holds", "requests")
    rows = [[Text(title) for title in titles]]
    rows += [[*_check(one)] for one in certificate.checks]
    yield from aligned(rows, left=2)


def _check(one: Check) -> Iterator[Text]:
    yield from (Text(one.name), Text(one.quantile))
    yield from (Text(_ns(value)) for value in (one.reported_ns, one.truth_ns))
    yield from (Text(_ns(value)) for value in (one.error_ns, one.bound_ns))
    yield _holds(one.holds)
    yield Text(f"{one.requests:,}")


def _shares(certificate: Certificate) -> Iterator[Text]:
    shown = [one for one in certificate.share_checks if not one.holds or one.bound]
    right = len(certificate.share_checks) - len(shown)
    if not certificate.share_checks:
        return
    yield Text()
    for one in shown:
        figures = f"{one.reported:.4f}, truth {one.truth:.4f}, bound {one.bound:.4f}  "
        yield Text.assemble(f"{one.name}  {figures}", _holds(one.holds))
    if right:
        yield Text(f"every request had its right outcome in {right} trials", style="dim")


def _errors(certificate: Certificate) -> Iterator[Text]:
    """What each trial's requests were off by, those that met a gap too."""
    if not certificate.trials:
        return
    heads = ["trial", "base", "apart"]
    heads += [f"all {name}" for name in QUANTILES]
    heads += ["send lag p99", "oracle lag p99"]
    rows = [[Text(head) for head in heads]]
    counted = {one.name: one for one in certificate.trials}
    rows += [[*_trial(one, counted[one.name] is one)] for one in certificate.trials]
    yield from (Text(), Text("error of all requests, disturbed or not", style="bold"))
    yield from aligned(rows)


def _trial(one: CertifiedTrial, is_counted: bool) -> Iterator[Text]:
    apart = one.apart / one.requests if one.requests else 0.0
    yield Text(one.name if is_counted else f"{one.name}, not valid: measured again")
    yield from (Text(_ns(one.base_ns)), Text(f"{apart:.2%}"))
    yield from (Text(cell) for cell in _cells(one.error_all))
    for lag in (one.send_lag, one.oracle_lag):
        yield Text(_ABSENT if lag is None else _ns(lag.p99_ns))


def _floor(certificate: Certificate) -> Iterator[Text]:
    if certificate.noise_floor:
        yield Text()
    for rate, errors in certificate.noise_floor.items():
        figures = ", ".join(
            f"{name} {cell}" for name, cell in zip(QUANTILES, _cells(errors), strict=True)
        )
        yield Text(f"noise floor   at {int(rate):,}/s, around the base round trip: {figures}")


def _cores(certificate: Certificate) -> Iterator[Text]:
    for one in certificate.cores:
        yield Text(f"core {one.core}        {_core(one)}")


def _unresolved(certificate: Certificate) -> Iterator[Text]:
    if certificate.unresolved:
        count = len(certificate.unresolved)
        yield Text(f"not resolved  {count} quantiles, whose samples are too small", style="dim")


def _core(one: CoreProbe) -> str:
    clock = f"clock steps {_ns(one.clock_step_ns)}, read in {_ns(one.clock_cost_ns)}"
    late = f"{_ns(one.timer_late_p50_ns)} (p50), {_ns(one.timer_late_p99_ns)} (p99)"
    away = f"away {one.away_share:.2%} of the time, at most {_ns(one.longest_gap_ns)} at once"
    return f"{clock}; timers late by {late}; {away}"


def _promise(promise: Promise) -> Iterator[Text]:
    rate = promise.max_rate_per_s
    shown = _ABSENT if rate is None else f"{three_digits(rate)}/s"
    yield Text(f"ceiling       {shown} before the generator is the limit")
    errors = (promise.p50_ns, promise.p90_ns, promise.p99_ns, promise.p99_9_ns)
    said = ", ".join(f"{name} {_ns(value)}" for name, value in zip(QUANTILES, errors, strict=True))
    yield Text(f"promise       error of a latency, disturbed or not: {said}", style="bold")


def _verdict(certificate: Certificate) -> Iterator[Text]:
    style = "green" if certificate.verdict == PROVED else "bold red"
    yield Text.assemble(("verdict       ", "dim"), (certificate.verdict, style))
    yield from (Text(f"              {reason}", style="yellow") for reason in certificate.reasons)


def _cells(errors: Quantiles | None) -> list[str]:
    if errors is None:
        return [_ABSENT] * len(QUANTILES)
    return [_ns(value) for value in (errors.p50_ns, errors.p90_ns, errors.p99_ns, errors.p99_9_ns)]


def _holds(holds: bool) -> Text:
    return Text("yes", style="green") if holds else Text("NO", style="bold red")


def _ns(value: int | None) -> str:
    return _ABSENT if value is None else format_ns(value)
