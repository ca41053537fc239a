"""The result document `contend.load/1`, as `--json` gives it and the store keeps it.

Immutable values. Times are integers in nanoseconds; what could not be measured is null; nothing is
ever NaN or Infinity.
"""

import msgspec
from msgspec import UNSET, UnsetType

from contend.machine.environment import Environment
from contend.stats.within_trial import WithinTrial
from contend.trials.brackets import Bracket
from contend.trials.rate_stages import RateStage

SCHEMA = "contend.load/1"

# The quantiles of every timing, and their names.
QUANTILES = {
    "p50_ns": 0.5,
    "p90_ns": 0.9,
    "p95_ns": 0.95,
    "p99_ns": 0.99,
    "p99_9_ns": 0.999,
    "p99_99_ns": 0.9999,
}


def name_of(field: str) -> str:
    """As documents name a quantile's field."""
    return field.replace("99_9", "99.9")


def stage_name(at: int) -> str:
    """As figures of a stage, from 0, are named: with a dot behind it."""
    return f"stage {at + 1}"


FAILURES = ("connect", "reset", "protocol", "status", "validation")
# An open loop whose goodput is below this share of the asked rate is overloaded.
OVERLOADED_SHARE = 0.98
OUTCOMES = ("ok", "timeout", "shed", "unfinished", *FAILURES)  # as the engine numbers them


class Arrivals(msgspec.Struct, frozen=True):
    kind: str
    rate_per_s: float | None  # with stages where it starts; of a recording its mean
    seed: int
    stages: tuple[RateStage, ...] | UnsetType = UNSET
    recording: str | UnsetType = UNSET  # the file that the times are from

    @property
    def changes(self) -> bool:
        """The rate isn't the same all the time: latencies come from no one distribution."""
        return bool(self.stages or self.recording)

    @property
    def is_open(self) -> bool:
        return self.rate_per_s is not None


# The reason that a generator on its CPU all the time gives, and how it begins.
BUSY_GENERATOR = "busy-generator"
GENERATOR_IS_THE_LIMIT = "the generator was the limit"

VALID, PARTLY_VALID, CLIENT_BOUND, INCONCLUSIVE = (
    "valid",
    "partly-valid",
    "client-bound",
    "inconclusive",
)


class Reason(msgspec.Struct, frozen=True):
    code: str
    words: str


class Validity(msgspec.Struct, frozen=True):
    """`brackets` are those of latencies that the generator may have moved, `withheld` the names of
    figures that it may have moved too far; those of a class begin with its name and a dot."""

    verdict: str  # valid, partly-valid, client-bound or inconclusive
    reasons: tuple[Reason | str, ...] = ()  # without a code in runs that were stored before these
    brackets: dict[str, Bracket] = {}
    withheld: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(one if isinstance(one, str) else one.words for one in self.reasons)

    @property
    def is_a_ceiling(self) -> bool:
        """Nothing is wrong but that the generator was the limit: a lower bound of what it can."""
        return len(self.reasons) == 1 and self.words[0].startswith(GENERATOR_IS_THE_LIMIT)

    @property
    def is_valid(self) -> bool:
        """It states every figure that it was asked for."""
        return self.verdict == VALID

    @property
    def states_figures(self) -> bool:
        """All that were asked for, or some of them: what it states is right."""
        return self.verdict in (VALID, PARTLY_VALID)


class Requests(msgspec.Struct, frozen=True):
    scheduled: int
    ok: int
    timeout: int
    shed: int
    unfinished: int
    resent: int
    failed: dict[str, int]

    @property
    def failures(self) -> int:
        return sum(self.failed.values())

    @property
    def given_up(self) -> int:
        """Those whose latency is known to be above their age then: lower bounds."""
        return self.timeout + self.shed + self.unfinished

    @property
    def causes(self) -> dict[str, int]:
        """Every way not to end well, with its count."""
        given_up = {"timeout": self.timeout, "shed": self.shed, "unfinished": self.unfinished}
        return given_up | self.failed

    @property
    def errors(self) -> int:
        """All that did not end well, by whatever cause."""
        return self.given_up + self.failures


class Timings(msgspec.Struct, frozen=True):
    count: int
    min_ns: int | None
    mean_ns: int | None
    p50_ns: int | None
    p90_ns: int | None
    p95_ns: int | None
    p99_ns: int | None
    p99_9_ns: int | None = msgspec.field(name="p99.9_ns")
    p99_99_ns: int | None = msgspec.field(name="p99.99_ns")
    max_ns: int | None
    lower_bounds: int
    histogram: str
    clamped: int = 0  # how many were below 0 or above an hour, and are counted as that


class ClientShare(msgspec.Struct, frozen=True):
    """By how much each figure of the latency would be higher, were a response complete when the
    generator has read it and not when the kernel received it."""

    mean_ns: int
    p50_ns: int
    p90_ns: int
    p95_ns: int
    p99_ns: int
    p99_9_ns: int = msgspec.field(name="p99.9_ns")
    p99_99_ns: int = msgspec.field(name="p99.99_ns")
    max_ns: int


class ClassFigures(msgspec.Struct, frozen=True):
    name: str
    share: float
    requests: Requests
    latency: Timings
    service_time: Timings


class StageFigures(msgspec.Struct, frozen=True):
    """What was intended within one stage of the rate, and what completed rightly in it."""

    length_ns: int
    from_rate_per_s: float
    to_rate_per_s: float
    requests: Requests
    goodput_per_s: float | None
    latency: Timings


class GeneratorUsage(msgspec.Struct, frozen=True):
    cpu_ns: int
    cpu_ns_per_request: int | None
    max_rss_bytes: int
    # How long before an intended send it polled at the end; None where it always did.
    poll_window_ns: int | None = 0


class ServerFigures(msgspec.Struct, frozen=True):
    cpu_ns: int
    cpu_ns_per_request: int | None
    max_rss_bytes: int
    max_threads: int
    # Context switches of the threads that were there at the end.
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    rss_growth_bytes: int | None = None  # of the peak, what it did not have before the trial
    end_rss_bytes: int | None = None


class LoadDocument(msgspec.Struct, frozen=True, kw_only=True):
    schema: str = SCHEMA
    target: str
    arrivals: Arrivals
    connections: int
    threads: int
    pacing: str
    duration_ns: int
    warmup_ns: int
    validity: Validity
    requests: Requests
    goodput_per_s: float | None
    bytes_received: int
    latency: Timings
    service_time: Timings
    send_lag: Timings
    # The part of it that is the generator's own, and in no latency. None where it still was in it.
    own_lateness: Timings | None = None
    receive_lag: Timings | None
    completion_stamp: str  # kernel or user
    classes: tuple[ClassFigures, ...] | UnsetType = UNSET
    stages: tuple[StageFigures, ...] | UnsetType = UNSET
    # Requests whose latency late sends may have moved by more than 50 µs. None in closed loops.
    disturbed: int | None = None
    # Of the requests that failed by their status, how many had which.
    wrong_statuses: dict[str, int] = {}
    # That came behind a right response, or to a connection that rested.
    unasked_responses: int = 0
    keep_alive: bool = True
    connections_opened: int
    connect_time: Timings
    # Over TLS: of each connection that was opened, and how many resumed a session.
    handshake_time: Timings | UnsetType = UNSET
    handshakes_resumed: int | UnsetType = UNSET
    generator: GeneratorUsage
    server: ServerFigures | None
    environment: Environment
    # Where the stamp is the kernel's.
    client_excluded: ClientShare | UnsetType = UNSET
    # Of a trial that stands alone: a suite's figures have intervals between trials instead.
    within_trial: WithinTrial | UnsetType = UNSET

    @property
    def asked(self) -> tuple[ClassFigures, ...]:
        """Where the server pushes too, the classes that are asked for: the others have no share of
        what is drawn. Else none."""
        classes = self.classes or ()
        pushes = any(not one.share for one in classes)
        return tuple(one for one in classes if one.share) if pushes else ()

    @property
    def only_wrong_status(self) -> str | None:
        """That every response had: a wrong URL, and no noise."""
        if len(self.wrong_statuses) != 1:
            return None
        (status, many), *_ = self.wrong_statuses.items()
        failed = self.requests.failed
        answered = self.requests.ok + sum(
            failed[one] for one in ("protocol", "status", "validation")
        )
        return status if many == answered else None

    @property
    def error_rate(self) -> float:
        return self.requests.errors / self.requests.scheduled if self.requests.scheduled else 0.0
