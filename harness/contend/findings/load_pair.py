"""Two documents of `contend load`, figure by figure: the second divided by the first. Pure.

Each is one trial of one start. Where both have an interval, their ratio has one by Welch's t on
logs; it says nothing of how another start would differ.
"""

import math
from typing import Any

import msgspec

from contend.stats.estimate import CONFIDENCE, t_quantile
from contend.stats.within_trial import Interval
from contend.trials.document import LoadDocument

SCHEMA = "contend.load-pair/1"
_LATENCIES = ("mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99.9_ns")


class PairedFigure(msgspec.Struct, frozen=True):
    """`unit` is ns, /s or a share."""

    name: str
    unit: str
    first: float | None
    second: float | None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


class LoadPair(msgspec.Struct, frozen=True):
    schema: str
    confidence: float
    first: str
    second: str
    differs: tuple[str, ...]  # in what was asked for, and on which machine
    verdicts: tuple[str, str]
    figures: tuple[PairedFigure, ...]

    @property
    def is_conclusive(self) -> bool:
        """Both state some of their figures."""
        return all(one in ("valid", "partly-valid") for one in self.verdicts)


def compare_loads(first: LoadDocument, second: LoadDocument, names: tuple[str, str]) -> LoadPair:
    figures = [_figure("goodput", "/s", first.goodput_per_s, second.goodput_per_s)]
    figures += [_latency(name, first, second) for name in _LATENCIES]
    figures.append(_figure("errors", "share", first.error_rate, second.error_rate))
    if first.server and second.server:
        costs = (first.server.cpu_ns_per_request, second.server.cpu_ns_per_request)
        figures.append(_figure("server CPU a request", "ns", *costs))
    return LoadPair(
        SCHEMA,
        CONFIDENCE,
        *names,
        differs=tuple(_differences(first, second)),
        verdicts=(first.validity.verdict, second.validity.verdict),
        figures=tuple(figures),
    )


def _figure(name: str, unit: str, first: float | None, second: float | None) -> PairedFigure:
    ratio = second / first if first and second is not None else None
    return PairedFigure(name, unit, first, second, ratio)


def _latency(name: str, first: LoadDocument, second: LoadDocument) -> PairedFigure:
    field = name.replace(".", "_")
    values = [getattr(one.latency, field) for one in (first, second)]
    figure = _figure(name.removesuffix("_ns"), "ns", *values)
    spreads = [_spread(one, name) for one in (first, second)]
    if figure.ratio is None or None in spreads:
        return figure
    known = [one for one in spreads if one is not None]
    squares = [error**2 for error, _ in known]
    freedom = sum(squares) ** 2 / sum(
        square**2 / degrees for square, (_, degrees) in zip(squares, known, strict=True)
    )
    half = t_quantile(freedom, 1 - CONFIDENCE) * math.sqrt(sum(squares))
    low, high = figure.ratio * math.exp(-half), figure.ratio * math.exp(half)
    return msgspec.structs.replace(figure, low=low, high=high)


def _spread(document: LoadDocument, name: str) -> tuple[float, int] | None:
    """The standard error of a figure's log, with its degrees of freedom."""
    found = document.within_trial
    interval: Interval | None = found.intervals.get(name) if found else None
    if interval is None or interval.low_ns <= 0:
        return None
    half = math.log(interval.high_ns / interval.low_ns) / 2
    return half / t_quantile(interval.freedom, 1 - CONFIDENCE), interval.freedom


def _differences(first: LoadDocument, second: LoadDocument) -> list[str]:
    def said(document: LoadDocument) -> dict[str, Any]:
        arrivals, machine = document.arrivals, document.environment.machine
        return {
            "target": document.target,
            "arrivals": arrivals.kind,
            "rate": arrivals.rate_per_s,
            "connections": document.connections,
            "threads": document.threads,
            "pacing": document.pacing,
            "duration": document.duration_ns,
            "warm-up": document.warmup_ns,
            "machine": machine.cpu_model,
            "cores": machine.cores,
            "kernel": machine.kernel,
        }

    others = said(second)
    return [
        f"{name}: {value}, then {others[name]}"
        for name, value in said(first).items()
        if value != others[name]
    ]
