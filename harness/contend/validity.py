"""Whether a trial measured its server, by design.md's rule 2: pure, from the engine's counts.

Each limit is a named constant, and each reason says the figure beside the limit.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from contend.document import FAILURES, Validity
from contend.durations import S_NS, format_ns

if TYPE_CHECKING:
    from contend._engine import Slice, TrialResult

# Open loop: the generator's own lag at p99, as a time or as a share of the median latency.
PACING_LAG_NS = 50_000
PACING_LAG_SHARE = 0.05
# Open loop: the share of the asked requests that must have been sent, unless the server's
# slowness kept them from it. A Poisson count scatters by its square root besides.
SENT_SHARE = 0.99
POISSON_DEVIATIONS = 4.0
# Closed loop: a load thread this busy, while the server still had time to spare.
BUSY_GENERATOR_SHARE = 0.95
BUSY_SERVER_SHARE = 0.90
# Any loop: CPU time that the hypervisor gave to others.
STOLEN_SHARE = 0.01


def judge(
    result: "TrialResult", arrivals: str, rate_per_s: float | None, server_cores: int = 1
) -> Validity:
    """`server_cores` is what the server may use at once; `rate_per_s` is None in closed loop."""
    if rate_per_s is None:
        client_bound = _busy_generator(result, server_cores)
    else:
        client_bound = _late_sends(result) + _missing_sends(result, arrivals, rate_per_s)
    inconclusive = _stolen_time(result) + (_no_answer(result) or _lost_server(result.slices))
    verdict = "client-bound" if client_bound else "inconclusive" if inconclusive else "valid"
    return Validity(verdict, tuple(client_bound + inconclusive))


def _late_sends(result: "TrialResult") -> list[str]:
    if not result.pacing_lag.count or not result.latency.count:
        return []
    lag = result.pacing_lag.value_at_quantile_ns(0.99)
    limit = max(PACING_LAG_NS, PACING_LAG_SHARE * result.latency.value_at_quantile_ns(0.5))
    if lag <= limit:
        return []
    return [
        f"the generator sent late: p99 {format_ns(lag)} after the intended time with a connection "
        f"free, more than {format_ns(limit)}"
    ]


def _missing_sends(result: "TrialResult", arrivals: str, rate_per_s: float) -> list[str]:
    asked = rate_per_s * result.duration_ns / S_NS
    scatter = POISSON_DEVIATIONS * math.sqrt(asked) if arrivals == "poisson" else 1.0
    counts = result.requests
    never_sent = counts["shed"] + counts["unfinished"] + counts["connect"]
    accounted = max(result.sent, min(counts.scheduled, result.sent + never_sent))
    if accounted >= SENT_SHARE * asked - scatter:
        return []
    return [f"the generator sent {accounted / asked:.3f} of the asked rate, less than {SENT_SHARE}"]


def _busy_generator(result: "TrialResult", server_cores: int) -> list[str]:
    if result.server is None or not result.duration_ns:
        return []
    busy = result.busiest_thread_share
    server_share = result.server.cpu_ns / (result.duration_ns * server_cores)
    if busy <= BUSY_GENERATOR_SHARE or server_share >= BUSY_SERVER_SHARE:
        return []
    return [
        f"the generator was the limit: on its CPU {busy:.0%} of the time, more than "
        f"{BUSY_GENERATOR_SHARE:.0%}, while the server used {server_share:.0%} of its own, less "
        f"than {BUSY_SERVER_SHARE:.0%}"
    ]


def _stolen_time(result: "TrialResult") -> list[str]:
    if result.stolen_share <= STOLEN_SHARE:
        return []
    return [
        f"{result.stolen_share:.1%} of the machine's CPU time was stolen by its host, more than "
        f"{STOLEN_SHARE:.0%}"
    ]


def _no_answer(result: "TrialResult") -> list[str]:
    counts = result.requests
    if counts["ok"] or result.completed_ok:
        return []
    if not counts.scheduled:
        return ["no request was made in the measured time"]
    causes = ("timeout", "shed", "unfinished", *FAILURES)
    said = ", ".join(f"{counts[cause]:,} {cause}" for cause in causes if counts[cause])
    return [f"no response of {counts.scheduled:,} requests was right: {said}"]


def _lost_server(slices: "Sequence[Slice]") -> list[str]:
    """The last slices had no right response, but connections that failed."""
    lost_from: int | None = None
    for one in reversed(slices):
        refused = one.outcomes.get("connect", 0) + one.outcomes.get("reset", 0)
        if one.completed_ok or not refused:
            break
        lost_from = one.start_ns
    if lost_from is None:
        return []
    return [
        f"the server stopped answering: from {format_ns(lost_from)} into the measured time on its "
        "connections failed and no response was right"
    ]
