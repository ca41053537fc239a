"""Whether a trial measured its server, and which of its figures stand, by design.md's rule 2: pure,
from what is stored of it.

Each limit is a named value that is passed in, and each reason says the figure beside the limit.
"""

import math
from collections.abc import Iterator, Mapping

import msgspec

from contend.durations import S_NS, format_ns
from contend.machine.stolen import STOLEN_SHARE
from contend.trials.brackets import MEAN, Bracket
from contend.trials.conditions import Conditions
from contend.trials.document import (
    BUSY_GENERATOR,
    CLIENT_BOUND,
    FAILURES,
    GENERATOR_IS_THE_LIMIT,
    INCONCLUSIVE,
    PARTLY_VALID,
    VALID,
    Reason,
    Validity,
)
from contend.trials.rate_stages import RateStage, due_by

# The figures that a trial is asked for, where nobody says more: it is valid when it states them.
ASKED_FOR = (MEAN, "p50_ns", "p90_ns", "p95_ns", "p99_ns")
GOODPUT = "goodput_per_s"
# A reason: of all requests none was answered rightly.
NO_ANSWER = "no-answer"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a valid trial keeps within."""

    # Of a figure: by how much what the generator did may have moved it, as a share of it or as a
    # time. A server's own interrupts and the kernel's path to it scatter by more than that time.
    moved_share: float = 0.05
    moved_ns: float = 10_000
    # Open loop: the share of the asked requests that must have been sent, unless the server's
    # slowness kept them from it. A Poisson count scatters by its square root besides.
    sent_share: float = 0.99
    poisson_deviations: float = 4.0
    # Open loop: responses that the generator reads so late keep their connections from the next
    # requests, and a generator that is the limit looks like a slow server. Beyond this time at the
    # median, and beyond what the server took.
    unread_ns: float = 100_000
    # Closed loop: a load thread this busy, while the server still had time to spare.
    busy_generator_share: float = 0.95
    busy_server_share: float = 0.90
    # Any loop: a load thread that was ready to run but waited for its core, because something else
    # ran there.
    run_queue_share: float = 0.02
    # Any loop: a load thread that stood still for 10 ms or more at a time, stopped or without its
    # core.
    stalled_share: float = 0.001
    # One stall so long spoils the highest quantiles of the longest trial.
    longest_stall_ns: float = 25_000_000
    # Of waiting and standing still: a shorter time is too little to tell a disturbance by, however
    # short the trial.
    shortest_loss_ns: float = 20_000_000
    # Any loop: by how much the mean number in flight may differ from rate times mean time (Little,
    # A proof for the queuing formula L = λW, 1961).
    little_share: float = 0.01
    # Any loop: of the machine's CPU time.
    stolen_share: float = STOLEN_SHARE


LIMITS = Limits()


class Setting(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for, as far as the rules go by it."""

    arrivals: str
    rate_per_s: float | None  # None in closed loop
    max_requests: int = 0  # ends after so many, instead of a duration
    server_cores: int = 1  # that the server may use at once
    shares_core: bool = False  # the generator with the server: each has to wait for the other
    stages: tuple[RateStage, ...] = ()  # that the rate goes through from there on


def disturbances(conditions: Conditions, setting: Setting, limits: Limits = LIMITS) -> list[Reason]:
    """What the generator or the machine did to a trial, and not its server."""
    return [
        *_client_bound(conditions, setting, limits),
        *_lost_time(conditions, setting, limits),
        *_stolen_time(conditions, limits),
    ]


def judge(
    conditions: Conditions,
    setting: Setting,
    limits: Limits = LIMITS,
    brackets: Mapping[str, Bracket] | None = None,
) -> Validity:
    """`brackets` of its latencies, by name; those of a class begin with its name and a dot."""
    brackets = brackets or {}
    withheld = _withheld(conditions, setting, limits, brackets)
    client_bound = _client_bound(conditions, setting, limits)
    inconclusive = [
        *_stolen_time(conditions, limits),
        *_littles_law(conditions, limits),
        *(_no_answer(conditions) or _missing_connections(conditions) or _lost_server(conditions)),
    ]
    partly = [
        *_lost_time(conditions, setting, limits),
        *_moved(withheld, brackets, setting),
    ]
    known = set(ASKED_FOR) & set(brackets)
    if client_bound or (MEAN in known and known <= set(withheld)):
        verdict = CLIENT_BOUND
    elif inconclusive:
        verdict = INCONCLUSIVE
    else:
        verdict = PARTLY_VALID if partly else VALID
    reasons = (*client_bound, *inconclusive, *partly)
    return Validity(verdict, reasons, dict(brackets), withheld)


def _withheld(
    conditions: Conditions, setting: Setting, limits: Limits, brackets: Mapping[str, Bracket]
) -> tuple[str, ...]:
    found = [
        name
        for name, one in brackets.items()
        if not one.is_within(limits.moved_share, limits.moved_ns)
    ]
    lost = lost_share(conditions, setting, limits)
    if setting.rate_per_s is None and lost / (1 - min(lost, 0.5)) > limits.moved_share:
        found.insert(0, GOODPUT)
    return tuple(found)


def lost_share(conditions: Conditions, setting: Setting, limits: Limits = LIMITS) -> float:
    """Of the time, in which a load thread stood still or waited for its core; nothing while that is
    within the limits. A generator that shares the server's waits for it by design."""
    if not _lost_time(conditions, setting, limits) or setting.shares_core:
        return 0.0
    return (conditions.run_queue_share or 0.0) + conditions.stalled_ns / conditions.duration_ns


def _moved(
    withheld: tuple[str, ...], brackets: Mapping[str, Bracket], setting: Setting
) -> Iterator[Reason]:
    """Of the figures that were asked for, which aren't stated."""
    asked_for = [name for name in (GOODPUT, *ASKED_FOR) if name in withheld]
    if not asked_for:
        return
    said = [
        f"{name.removesuffix('_ns').removesuffix('_per_s')}"
        + (f" ({_range(brackets[name])})" if name in brackets else "")
        for name in asked_for
    ]
    did = "lost time" if setting.rate_per_s is None else "sent late"
    yield Reason("moved", f"the generator {did}, which may have moved {', '.join(said)}")


def _range(bracket: Bracket) -> str:
    return f"{format_ns(bracket.low_ns)} to {format_ns(bracket.high_ns)}"


def _client_bound(conditions: Conditions, setting: Setting, limits: Limits) -> list[Reason]:
    if setting.rate_per_s is None:
        return _busy_generator(conditions, setting.server_cores, limits)
    return [
        *_missing_sends(conditions, setting, limits),
        *_unread_responses(conditions, limits),
    ]


def _lost_time(conditions: Conditions, setting: Setting, limits: Limits) -> list[Reason]:
    waited = [] if setting.shares_core else _waited_for_core(conditions, limits)
    return [*waited, *_stood_still(conditions, limits)]


def _missing_sends(conditions: Conditions, setting: Setting, limits: Limits) -> list[Reason]:
    """Not of a number of requests: its measure phase lasts until the last of them has ended."""
    if setting.rate_per_s is None or setting.max_requests:
        return []
    scheduled = conditions.scheduled
    asked = due_by(setting.rate_per_s, setting.stages, conditions.duration_ns)
    # Of bursts a whole number lies in the measured time, and recorded times are as they are.
    if setting.arrivals in ("bursts", "replay"):
        asked = scheduled
    is_poisson = setting.arrivals == "poisson"
    scatter = limits.poisson_deviations * math.sqrt(asked) if is_poisson else 1.0
    sent = conditions.sent
    accounted = max(sent, min(scheduled, sent + conditions.never_sent))
    if accounted >= limits.sent_share * asked - scatter:
        return []
    return [
        Reason(
            "missing-sends",
            f"the generator sent {accounted / asked:.3f} of the asked rate, less than "
            f"{limits.sent_share}",
        )
    ]


def _missing_connections(conditions: Conditions) -> list[Reason]:
    """Fewer of them are less to do: no figure for so many."""
    if not conditions.connections_missing:
        return []
    return [
        Reason(
            "missing-connections",
            f"{conditions.connections_missing:,} of the connections could not be opened",
        )
    ]


def _unread_responses(conditions: Conditions, limits: Limits) -> list[Reason]:
    if not conditions.receive_lag_count or not conditions.service_time_count:
        return []
    lag, service = conditions.receive_lag_p50_ns, conditions.service_time_p50_ns
    if lag <= max(limits.unread_ns, service):
        return []
    return [
        Reason(
            "unread-responses",
            f"the generator read late: half of the responses lay unread for {format_ns(lag)} or "
            f"more, longer than {format_ns(limits.unread_ns)} and than the {format_ns(service)} of "
            "service time",
        )
    ]


def _busy_generator(conditions: Conditions, server_cores: int, limits: Limits) -> list[Reason]:
    if conditions.server_cpu_ns is None or not conditions.duration_ns:
        return []
    busy = conditions.busiest_thread_share
    # A server of one thread is at its end when that is; one of many when its cores are.
    whole = conditions.server_cpu_ns / server_cores
    busiest = max(whole, conditions.server_busiest_thread_ns or 0)
    server_share = busiest / conditions.duration_ns
    if busy <= limits.busy_generator_share or server_share >= limits.busy_server_share:
        return []
    return [
        Reason(
            BUSY_GENERATOR,
            f"{GENERATOR_IS_THE_LIMIT}: on its CPU {busy:.0%} of the time, more than "
            f"{limits.busy_generator_share:.0%}, while the server used {server_share:.0%} of its "
            f"own, less than {limits.busy_server_share:.0%}",
        )
    ]


def _waited_for_core(conditions: Conditions, limits: Limits) -> list[Reason]:
    share = conditions.run_queue_share
    if share is None or share <= limits.run_queue_share:
        return []
    if share * conditions.duration_ns < limits.shortest_loss_ns:
        return []
    return [
        Reason(
            "waited-for-core",
            f"the generator waited for its core {share:.0%} of the time, more than "
            f"{limits.run_queue_share:.0%}: something else runs there",
        )
    ]


def _stood_still(conditions: Conditions, limits: Limits) -> list[Reason]:
    stalled_ns, longest_ns = conditions.stalled_ns, conditions.longest_stall_ns
    why = "it was stopped or its core was taken away"
    most_ns = limits.stalled_share * conditions.duration_ns
    if stalled_ns > most_ns and stalled_ns >= limits.shortest_loss_ns:
        limit = f"{limits.stalled_share:.1%} of the time"
        return [
            Reason(
                "stood-still",
                f"the generator stood still for {format_ns(stalled_ns)}, more than {limit}: {why}",
            )
        ]
    if longest_ns > limits.longest_stall_ns:
        limit = format_ns(limits.longest_stall_ns)
        at_once = f"{format_ns(longest_ns)} at once, more than {limit}"
        return [Reason("stood-still", f"the generator stood still for {at_once}: {why}")]
    return []


def _littles_law(conditions: Conditions, limits: Limits) -> list[Reason]:
    """The time integral of the number in flight is the sum of the requests' times. A check of
    bookkeeping, of the worker's count beside the histograms: of requests that were lost or
    recorded twice, or at a time that a histogram can't hold. Only of a trial whose sent requests
    all have one.
    """
    count = conditions.service_time_count
    if count != conditions.sent or not count:
        return []
    in_flight = conditions.in_flight_seconds
    served_ns = conditions.service_time_mean_ns * count
    unread_ns = conditions.receive_lag_mean_ns * conditions.receive_lag_count
    told = (served_ns + unread_ns) / S_NS
    if abs(told - in_flight) <= limits.little_share * in_flight:
        return []
    seconds = conditions.duration_ns / S_NS
    return [
        Reason(
            "littles-law",
            f"Little's law does not hold: {in_flight / seconds:.4g} requests were in flight on "
            f"average, but rate times time says {told / seconds:.4g}: a count is wrong",
        )
    ]


def _stolen_time(conditions: Conditions, limits: Limits) -> list[Reason]:
    if conditions.stolen_share <= limits.stolen_share:
        return []
    return [
        Reason(
            "stolen-time",
            f"{conditions.stolen_share:.1%} of the machine's CPU time was stolen by its host, more "
            f"than {limits.stolen_share:.0%}",
        )
    ]


def _no_answer(conditions: Conditions) -> list[Reason]:
    if conditions.ok or (conditions.completed_ok and not conditions.pushes):
        return []
    counts = conditions.outcomes
    scheduled = sum(counts.values())
    if not scheduled:
        return [Reason("no-request", "no request was made in the measured time")]
    causes = ("timeout", "shed", "unfinished", *FAILURES)
    said = ", ".join(f"{counts[cause]:,} {cause}" for cause in causes if cause in counts)
    return [Reason(NO_ANSWER, f"no response of {scheduled:,} requests was right: {said}")]


def _lost_server(conditions: Conditions) -> list[Reason]:
    if conditions.lost_from_ns is None:
        return []
    return [
        Reason(
            "lost-server",
            f"the server stopped answering: from {format_ns(conditions.lost_from_ns)} into the "
            "measured time on its connections failed and no response was right",
        )
    ]
