"""Whether a trial measured its server, by design.md's rule 2: pure, from the engine's counts.

Each limit is a named constant, and each reason says the figure beside the limit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contend.durations import S_NS, format_ns
from contend.machine.doctor import STOLEN_SHARE
from contend.trials.document import FAILURES, GENERATOR_IS_THE_LIMIT, Validity

if TYPE_CHECKING:
    from contend._engine import OutcomeCounts, Slice, TrialResult

# Open loop: the generator's own lag at p99, as a time or as a share of the median latency.
PACING_LAG_NS = 50_000
PACING_LAG_SHARE = 0.05
# Open loop: the share of the asked requests that must have been sent, unless the server's
# slowness kept them from it. A Poisson count scatters by its square root besides.
SENT_SHARE = 0.99
# Open loop: responses that the generator reads so late keep their connections from the next
# requests, and a generator that is the limit looks like a slow server. Beyond this time at the
# median, and beyond what the server took.
UNREAD_NS = 100_000
POISSON_DEVIATIONS = 4.0
# Closed loop: a load thread this busy, while the server still had time to spare.
BUSY_GENERATOR_SHARE = 0.95
BUSY_SERVER_SHARE = 0.90
# Any loop: a load thread that was ready to run but waited for its core, because something else
# ran there.
RUN_QUEUE_SHARE = 0.02
# Any loop: a load thread that stood still for 10 ms or more at a time, stopped or without its core.
STALLED_SHARE = 0.001
# One stall so long spoils the highest quantiles of the longest trial.
LONGEST_STALL_NS = 25_000_000
# Of both: a shorter time is too little to tell a disturbance by, however short the trial.
SHORTEST_LOSS_NS = 20_000_000
# Any loop: by how much the mean number in flight may differ from rate times mean time (Little,
# A proof for the queuing formula L = λW, 1961).
LITTLE_SHARE = 0.01


@dataclass(frozen=True)
class Setting:
    """What was asked for, as far as the rules go by it."""

    arrivals: str
    rate_per_s: float | None  # None in closed loop
    max_requests: int = 0  # ends after so many, instead of a duration
    server_cores: int = 1  # that the server may use at once
    shares_core: bool = False  # the generator with the server: each has to wait for the other


def disturbances(result: "TrialResult", setting: Setting) -> list[str]:
    """What the generator or the machine did to a trial, and not its server."""
    return [*_client_bound(result, setting), *_stood_still(result), *_stolen_time(result)]


def judge(result: "TrialResult", setting: Setting) -> Validity:
    client_bound = _client_bound(result, setting)
    inconclusive = [
        *_stood_still(result),
        *_stolen_time(result),
        *_littles_law(result),
        *(_no_answer(result) or _missing_connections(result) or _lost_server(result.slices)),
    ]
    verdict = "client-bound" if client_bound else "inconclusive" if inconclusive else "valid"
    return Validity(verdict, tuple(client_bound + inconclusive))


def _client_bound(result: "TrialResult", setting: Setting) -> list[str]:
    if setting.rate_per_s is None:
        found = _busy_generator(result, setting.server_cores)
    else:
        found = _late_sends(result) + _missing_sends(result, setting) + _unread_responses(result)
    return found if setting.shares_core else found + _waited_for_core(result)


def _late_sends(result: "TrialResult") -> list[str]:
    if not result.pacing_lag.count or not result.latency.count:
        return []
    lag = result.pacing_lag.value_at_quantile_ns(0.99)
    limit = max(PACING_LAG_NS, PACING_LAG_SHARE * _asked_for(result).median_ns)
    if lag <= limit:
        return []
    return [
        f"the generator sent late: p99 {format_ns(lag)} after the intended time with a connection "
        f"free, more than {format_ns(limit)}"
    ]


def _missing_sends(result: "TrialResult", setting: Setting) -> list[str]:
    """Not of a number of requests: its measure phase lasts until the last of them has ended."""
    if setting.rate_per_s is None or setting.max_requests:
        return []
    counts = _asked_for(result)
    asked = setting.rate_per_s * result.duration_ns / S_NS
    if setting.arrivals == "bursts":  # of which a whole number lies in the measured time
        asked = counts.scheduled
    scatter = POISSON_DEVIATIONS * math.sqrt(asked) if setting.arrivals == "poisson" else 1.0
    accounted = max(result.sent, min(counts.scheduled, result.sent + counts.never_sent))
    if accounted >= SENT_SHARE * asked - scatter:
        return []
    return [f"the generator sent {accounted / asked:.3f} of the asked rate, less than {SENT_SHARE}"]


@dataclass(frozen=True)
class _AskedFor:
    """The requests of a trial without what the server pushed: nobody sent that."""

    scheduled: int
    ok: int
    never_sent: int
    median_ns: float


def _pushes(result: "TrialResult") -> bool:
    return any(not one.share for one in result.classes)


def _asked_for(result: "TrialResult") -> _AskedFor:
    if not _pushes(result):
        median_ns = result.latency.value_at_quantile_ns(0.5)
        return _AskedFor(*_counts([result.requests]), median_ns)
    asked = [one for one in result.classes if one.share]
    # Of several classes the fastest: a limit that is a share of it is the strictest.
    medians = [one.latency.value_at_quantile_ns(0.5) for one in asked if one.latency.count]
    median_ns = min(medians, default=0)
    return _AskedFor(*_counts([one.requests for one in asked]), median_ns)


def _counts(of_classes: "Sequence[OutcomeCounts]") -> tuple[int, int, int]:
    never_sent = ("shed", "unfinished", "connect")
    return (
        sum(one.scheduled for one in of_classes),
        sum(one["ok"] for one in of_classes),
        sum(one[outcome] for one in of_classes for outcome in never_sent),
    )


def _missing_connections(result: "TrialResult") -> list[str]:
    """Fewer of them are less to do: no figure for so many."""
    if not result.connections_missing:
        return []
    return [f"{result.connections_missing:,} of the connections could not be opened"]


def _unread_responses(result: "TrialResult") -> list[str]:
    if not result.receive_lag.count or not result.service_time.count:
        return []
    lag = result.receive_lag.value_at_quantile_ns(0.5)
    service = result.service_time.value_at_quantile_ns(0.5)
    if lag <= max(UNREAD_NS, service):
        return []
    return [
        f"the generator read late: half of the responses lay unread for {format_ns(lag)} or more, "
        f"longer than {format_ns(UNREAD_NS)} and than the {format_ns(service)} of service time"
    ]


def _busy_generator(result: "TrialResult", server_cores: int) -> list[str]:
    if result.server is None or not result.duration_ns:
        return []
    busy = result.busiest_thread_share
    # A server of one thread is at its end when that is; one of many when its cores are.
    whole = result.server.cpu_ns / server_cores
    server_share = max(whole, result.server.busiest_thread_ns) / result.duration_ns
    if busy <= BUSY_GENERATOR_SHARE or server_share >= BUSY_SERVER_SHARE:
        return []
    return [
        f"{GENERATOR_IS_THE_LIMIT}: on its CPU {busy:.0%} of the time, more than "
        f"{BUSY_GENERATOR_SHARE:.0%}, while the server used {server_share:.0%} of its own, less "
        f"than {BUSY_SERVER_SHARE:.0%}"
    ]


def _waited_for_core(result: "TrialResult") -> list[str]:
    share = result.run_queue_share
    if share is None or share <= RUN_QUEUE_SHARE or _is_short(share * result.duration_ns):
        return []
    return [
        f"the generator waited for its core {share:.0%} of the time, more than "
        f"{RUN_QUEUE_SHARE:.0%}: something else runs there"
    ]


def _is_short(lost_ns: float) -> bool:
    return lost_ns < SHORTEST_LOSS_NS


def _stood_still(result: "TrialResult") -> list[str]:
    stalled_ns, longest_ns = result.stalled_ns, result.longest_stall_ns
    why = "it was stopped or its core was taken away"
    if stalled_ns > STALLED_SHARE * result.duration_ns and not _is_short(stalled_ns):
        limit = f"{STALLED_SHARE:.1%} of the time"
        return [f"the generator stood still for {format_ns(stalled_ns)}, more than {limit}: {why}"]
    if longest_ns > LONGEST_STALL_NS:
        limit = format_ns(LONGEST_STALL_NS)
        at_once = f"{format_ns(longest_ns)} at once, more than {limit}"
        return [f"the generator stood still for {at_once}: {why}"]
    return []


def _littles_law(result: "TrialResult") -> list[str]:
    """The time integral of the number in flight is the sum of the requests' times. A check of
    bookkeeping, of the worker's count beside the histograms: of requests that were lost or
    recorded twice, or at a time that a histogram can't hold. Only of a trial whose sent requests
    all have one.
    """
    times = result.service_time
    if times.count != result.sent or not times.count:
        return []
    lag = result.receive_lag
    in_flight = result.in_flight_seconds
    told = (times.mean_ns * times.count + (lag.mean_ns * lag.count if lag.count else 0)) / S_NS
    if abs(told - in_flight) <= LITTLE_SHARE * in_flight:
        return []
    seconds = result.duration_ns / S_NS
    return [
        f"Little's law does not hold: {in_flight / seconds:.4g} requests were in flight on "
        f"average, but rate times time says {told / seconds:.4g}: a count is wrong"
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
    if _asked_for(result).ok or (result.completed_ok and not _pushes(result)):
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
