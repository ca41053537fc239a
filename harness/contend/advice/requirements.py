"""What a need asks of a server, each answered from stored cells: met, missed, or not known. Pure.

An answer is given by an interval's whole: where the need lies inside it, it isn't known. What is
measured is one core's; more of them are counted as so many times one.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contend.advice.document import Answer, Candidate, Cited
from contend.advice.evidence import Known, known, stored_loads, suite_for
from contend.advice.need import CHAT, EVENTS, Need
from contend.findings.archive import Archive, Missing
from contend.suites.backend import ORM, Backend
from contend.suites.load import CLOSED, Load
from contend.suites.suite import Suite

# What a core is to be busy at most; with an objective for p99, what that was measured at.
BUSY, BUSY_WITH_P99 = 0.7, 0.5
# Events that come later than this aren't in time, as claim N3 has it.
LATEST_EVENT_MS = 50.0
_DELAY_S = 0.010  # that a request of the workload delay waits
COST = "server_cpu_per_request"
CLOSED_LOAD = Load()
# Most alike first.
_LIKE_ORM, _LIKE_SESSIONS, _LIKE_ANY = ("database",), ("sessions",), ("json", "plaintext", "delay")


@dataclass(frozen=True)
class Place:
    """What an answer is looked up in."""

    need: Need
    archive: Archive
    suites: Mapping[str, Suite]
    workload: str  # by whose requests costs are told, of all servers alike


def cost_workload(need: Need, archive: Archive, names: Sequence[str]) -> str:
    """The one whose requests are most like the need's, of those that most servers have."""
    options = _LIKE_ORM if need.orm else _LIKE_SESSIONS if need.sessions else _LIKE_ANY

    def told(workload: str) -> int:
        costs = (known(archive, workload, CLOSED_LOAD, name, COST) for name in names)
        return sum(not isinstance(one, Missing) for one in costs)

    return max(options, key=told)


def candidate(place: Place, name: str, backend: Backend) -> Candidate:
    need = place.need
    cost = known(place.archive, place.workload, CLOSED_LOAD, name, COST)
    answers = [_cores(place, name, cost), *_brings(need, backend)]
    if need.p99 is not None:
        answers.append(_p99(place, name))
    if need.wait_s:
        answers.append(_at_once(place, name))
    if need.real_time == CHAT:
        answers.append(_chat(place, name, backend))
    if need.real_time == EVENTS:
        answers.append(_events(place, name, backend))
    if isinstance(cost, Missing):
        return Candidate(name, backend.language, tuple(answers))
    least, most = _cores_needed(need, cost)
    return Candidate(
        name,
        backend.language,
        tuple(answers),
        least_cores=least,
        most_cores=most,
        cost_us=cost.value.value + _own_us(need),
    )


def busy_of(need: Need) -> float:
    return BUSY if need.p99 is None else BUSY_WITH_P99


def _cores(place: Place, name: str, cost: Known | Missing) -> Answer:
    need, workload = place.need, place.workload
    asks = f"{need.rate:,g} requests/s at {busy_of(need):.0%} busy"
    if isinstance(cost, Missing):
        measure = suite_for(place.suites, workload, CLOSED_LOAD, name)
        return Answer(asks, None, f"a request's CPU isn't known: {cost.why}", measure=measure)
    least, most = _cores_needed(need, cost)
    cores = f"{least} to {most} cores" if least < most else f"{most} core{'s' * (most > 1)}"
    own = f", and {need.cpu} of the handler's own" if need.cpu_s else ""
    says = f"a request of {workload} costs {_interval(cost)} µs of CPU{own}: {cores}"
    is_met: bool | None = True
    if need.cores is not None:
        is_met = _is_below(least, most, need.cores)
    again = suite_for(place.suites, workload, CLOSED_LOAD, name) if is_met is None else ""
    return Answer(asks, is_met, says, cost.cited, again)


def _cores_needed(need: Need, cost: Known) -> tuple[int, int]:
    """By the ends of the cost's interval."""
    least, most = (
        max(1, math.ceil(need.rate * (end + _own_us(need)) / 1e6 / busy_of(need)))
        for end in _ends(cost)
    )
    return least, most


def _own_us(need: Need) -> float:
    return need.cpu_s * 1e6


def _brings(need: Need, backend: Backend) -> Iterator[Answer]:
    if need.orm:
        said = backend.provides.get("database", "nothing")
        is_met = backend.unsupported("database") is None and backend.kinds.get("database") == ORM
        yield Answer("an object mapper", is_met, f"database: {said}")
    if need.sessions:
        why = backend.unsupported("sessions")
        said = backend.provides.get("sessions", "nothing")
        yield Answer("sessions", why is None, why or f"sessions: {said}")


def _p99(place: Place, name: str) -> Answer:
    """Of the workload that is most like it, on a core that is half busy."""
    need, objective = place.need, place.need.p99_ms or 0.0
    asks = f"p99 ≤ {need.p99}"
    load_test = f"contend load URL --rate {need.rate:g} --fail-if 'p99>{need.p99}'"
    if need.cpu_s:
        models = " or ".join(
            f"contend serve {one} --handler cpu={need.cpu},io={need.wait}"
            for one in ("event-loop", "gil-threads")
        )
        why = f"no stored workload computes for {need.cpu} a request, so how long others wait"
        return Answer(asks, None, f"{why} isn't known", measure=f"{models}; then {load_test}")
    workload = "database" if need.orm else "sessions" if need.sessions else "plaintext"
    load = Load("poisson", 64, busy=BUSY_WITH_P99)
    figure = next(
        (
            found
            for one in ("p99", *_classes_p99(place, workload))
            if not isinstance(found := known(place.archive, workload, load, name, one), Missing)
        ),
        None,
    )
    if figure is None:
        again = suite_for(place.suites, workload, load, name) or load_test
        return Answer(asks, None, f"p99 of {workload} at 50% busy isn't known", measure=again)
    waits_ms = need.wait_s * 1e3
    low, high = (end + waits_ms for end in _ends(figure))
    waits = f", with {need.wait} of waiting" if waits_ms else ""
    says = f"{workload} at 50% busy: p99 {low:.3g} to {high:.3g} ms{waits}"
    is_met = _is_below(low, high, objective)
    return Answer(asks, is_met, says, figure.cited, "" if is_met is not None else load_test)


def _classes_p99(place: Place, workload: str) -> list[str]:
    """Names of the p99 of each class that the workload has in a stored run."""
    notes = (stored.run.header.workloads.get(workload) for stored in place.archive.kept)
    note = next((one for one in notes if one is not None), None)
    return [] if note is None else [f"p99_of_{one}" for one in note.classes]


def _at_once(place: Place, name: str) -> Answer:
    """How many requests it was seen to hold while they wait, on one core."""
    need = place.need
    asks = f"{math.ceil(need.at_once):,} requests that wait at once"
    seen = []
    for load in stored_loads(place.archive, "delay", name):
        found = known(place.archive, "delay", load, name, "goodput")
        if load.arrivals == CLOSED and not isinstance(found, Missing):
            low, high = (end * _DELAY_S for end in _ends(found))
            seen.append((low, high, load.connections, found.cited))
    if not seen:
        again = suite_for(place.suites, "delay", None, name)
        return Answer(asks, None, "how many it holds isn't known", measure=again)
    low, high, connections, cited = max(seen, key=lambda one: one[0])
    says = f"it held {low:,.0f} to {high:,.0f} of {connections:,} on one core"
    if low >= need.at_once:
        return Answer(asks, True, says, cited)
    # Where it held far fewer than were there, it holds no more.
    if high < need.at_once and high < connections / 2:
        cores = math.ceil(need.at_once / high)
        return Answer(asks, True, f"{says}: {cores} cores or more", cited)
    again = suite_for(place.suites, "delay", Load(connections=10_000), name)
    return Answer(asks, None, f"{says}; more were not there to be held", cited, again)


def _chat(place: Place, name: str, backend: Backend) -> Answer:
    need = place.need
    asks = f"{need.connections:,} clients of a chat"
    if (why := backend.unsupported("chat")) is not None:
        return Answer(asks, False, f"chat: {why}")
    for stored in place.archive.kept:
        found = stored.across.get(name)
        if found is None or found.most_clients is None:
            continue
        cited = Cited(stored.run.id, "chat", "poisson", "most_clients")
        says = f"it kept up with {found.most_clients:,} on one core"
        if found.most_clients >= need.connections:
            return Answer(asks, True, says, cited)
        if found.broke_at is not None and need.connections >= found.broke_at:
            says += f", and not with {found.broke_at:,}: more cores need a store between them"
            return Answer(asks, False, says, cited)
        return Answer(asks, None, f"{says}; more were not tried", cited, "contend suite chat")
    again = suite_for(place.suites, "chat", None, name)
    return Answer(asks, None, "with how many it keeps up isn't known", measure=again)


def _events(place: Place, name: str, backend: Backend) -> Answer:
    need = place.need
    asks = f"{need.connections:,} streams of events"
    if (why := backend.unsupported("events")) is not None:
        return Answer(asks, False, f"events: {why}")
    load = Load("poisson", 64, 300)
    found = known(place.archive, "events", load, name, "p99_of_event")
    again = suite_for(place.suites, "events", load, name)
    if isinstance(found, Missing):
        why = f"how late its events are isn't known: {found.why}"
        return Answer(asks, None, why, measure=again)
    low, high = _ends(found)
    says = f"of 5,000 streams 99% of the events came within {low:.3g} to {high:.3g} ms"
    if need.connections > 5_000:
        return Answer(asks, None, f"{says}; more were not tried", found.cited, again)
    is_met = _is_below(low, high, LATEST_EVENT_MS)
    return Answer(asks, is_met, says, found.cited, "" if is_met is not None else again)


def _is_below(low: float, high: float, limit: float) -> bool | None:
    """By the whole interval: None where the limit lies in it."""
    if high <= limit:
        return True
    return False if low > limit else None


def _ends(found: Known) -> tuple[float, float]:
    value = found.value
    low = value.value if value.low is None else value.low
    return low, value.value if value.high is None else value.high


def _interval(found: Known) -> str:
    low, high = _ends(found)
    return f"{low:,.3g} to {high:,.3g}"
