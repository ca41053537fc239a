"""What the validity of a trial is judged by: every number that a rule needs, read once from the
engine's result and stored, so that it can be judged again without measuring. Immutable values.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from contend.durations import S_NS
from contend.trials.document import OUTCOMES

if TYPE_CHECKING:
    from contend._engine import Histogram, OutcomeCounts, Slice, TrialResult

NEVER_SENT = ("shed", "unfinished", "connect")
# Far more than any rule needs, and a third of what a double takes in JSON.
_DIGITS = 6
# The one zero: msgspec leaves out what *is* the default, not what equals it.
_ZERO = 0.0


class Conditions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of a trial, or of a burst. What is as it usually is takes no space in the store."""

    duration_ns: int
    outcomes: dict[str, int] = {}  # of all requests, those that came at all; pushed ones too
    sent: int = 0
    completed_ok: int = 0
    # Of what was asked for: nobody sent what a server pushes.
    pushes: bool = False
    scheduled: int = 0
    ok: int = 0
    never_sent: int = 0
    disturbed: int = 0  # requests whose latency late sends may have moved by more than 50 µs
    receive_lag_count: int = 0
    receive_lag_p50_ns: int = 0
    receive_lag_mean_ns: float = _ZERO
    service_time_count: int = 0
    service_time_p50_ns: int = 0
    service_time_mean_ns: float = _ZERO
    in_flight_seconds: float = _ZERO
    # Of the busiest load thread, or of the one that it went worst with.
    busiest_thread_share: float = _ZERO
    run_queue_share: float | None = _ZERO  # None: not known
    stalled_ns: int = 0
    longest_stall_ns: int = 0
    stolen_share: float = _ZERO
    connections_missing: int = 0
    server_cpu_ns: int | None = None  # None: no server was sampled
    server_busiest_thread_ns: int | None = None
    lost_from_ns: int | None = None  # into it; from here on the server no longer answered

    @property
    def goodput_per_s(self) -> float | None:
        return self.completed_ok * S_NS / self.duration_ns if self.duration_ns else None


def conditions_of(result: "TrialResult") -> Conditions:
    pushes = any(not one.share for one in result.classes)
    asked = [one.requests for one in result.classes if one.share] if pushes else [result.requests]
    server, queued = result.server, result.run_queue_share
    return Conditions(
        duration_ns=result.duration_ns,
        outcomes={name: count for name in OUTCOMES if (count := result.requests[name])},
        sent=result.sent,
        completed_ok=result.completed_ok,
        pushes=pushes,
        scheduled=sum(one.scheduled for one in asked),
        ok=sum(one["ok"] for one in asked),
        never_sent=_never_sent(asked),
        disturbed=result.disturbed,
        receive_lag_count=result.receive_lag.count,
        receive_lag_p50_ns=_quantile_ns(result.receive_lag, 0.5),
        receive_lag_mean_ns=_mean_ns(result.receive_lag),
        service_time_count=result.service_time.count,
        service_time_p50_ns=_quantile_ns(result.service_time, 0.5),
        service_time_mean_ns=_mean_ns(result.service_time),
        in_flight_seconds=_rounded(result.in_flight_seconds),
        busiest_thread_share=_rounded(result.busiest_thread_share),
        run_queue_share=None if queued is None else _rounded(queued),
        stalled_ns=result.stalled_ns,
        longest_stall_ns=result.longest_stall_ns,
        stolen_share=_rounded(result.stolen_share),
        connections_missing=result.connections_missing,
        server_cpu_ns=server.cpu_ns if server else None,
        server_busiest_thread_ns=server.busiest_thread_ns if server else None,
        lost_from_ns=_lost_from_ns(result.slices),
    )


def _never_sent(of_classes: "Sequence[OutcomeCounts]") -> int:
    return sum(one[outcome] for one in of_classes for outcome in NEVER_SENT)


def _lost_from_ns(slices: "Sequence[Slice]") -> int | None:
    """Where the last slices begin that had no right response, but connections that failed."""
    lost_from: int | None = None
    for one in reversed(slices):
        refused = one.outcomes.get("connect", 0) + one.outcomes.get("reset", 0)
        if one.completed_ok or not refused:
            break
        lost_from = one.start_ns
    return lost_from


def _quantile_ns(histogram: "Histogram", quantile: float) -> int:
    return histogram.value_at_quantile_ns(quantile) if histogram.count else 0


def _mean_ns(histogram: "Histogram") -> float:
    return _rounded(histogram.mean_ns) if histogram.count else _ZERO


def _rounded(figure: float) -> float:
    return float(f"{figure:.{_DIGITS}g}") or _ZERO
