"""What is stored of a block: of each burst what its statistics need, of each lane and load the
latencies of all its bursts together. Immutable values."""

import msgspec

from contend.durations import S_NS
from contend.suites.load import Load
from contend.trials.brackets import Bracket
from contend.trials.conditions import Conditions
from contend.trials.histograms import Histogram

# By whose values a burst is known.
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
# Of these a burst's own value is looked at; p99.9 is of all of a block's bursts.
OF_BURST = ("p50", "p90", "p99")


def quantiles_of(histogram: Histogram) -> dict[str, int]:
    """A quantile with no request beyond it would be the maximum under another name."""
    return {
        name: histogram.value_at_quantile_ns(quantile)
        for name, quantile in QUANTILES.items()
        if histogram.count * (1 - quantile) >= 1
    }


class Latencies(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of a burst's requests, or of one class of them."""

    count: int
    quantiles_ns: dict[str, int] = {}  # those of QUANTILES that have a request beyond them
    beyond: dict[str, int] = {}  # requests above the same quantile of the lane's bursts
    completed: int = 0  # right responses inside the burst


class Burst(msgspec.Struct, frozen=True, omit_defaults=True):
    """A lane's turn."""

    lane: str
    load: str  # its word
    round: int  # from 1: of this load; lanes that stand in one had the same arrivals
    duration_ns: int
    scheduled: int
    completed: int  # right responses inside the burst
    latency: Latencies
    server_cpu_ns: int = 0
    errors: dict[str, int] = {}  # requests that did not end well, by outcome
    classes: dict[str, Latencies] = {}  # where there are several
    beside_cpu_ns: int | None = None  # of what the server asks in its turn
    is_of_requests: bool = False  # it lasted until a number of them had ended, and not a time
    withheld: tuple[str, ...] = ()  # its merged latencies' names
    conditions: Conditions | None = None  # None in gates that were stored before these were
    reasons: tuple[str, ...] = ()  # of those: what disturbed it
    idle_cpu_ns: dict[str, int] = {}  # of the other lanes meanwhile, where it is more than nothing
    instructions: int | None = None  # that the server retired; None where nothing counts them
    khz: int | None = None  # of the servers' cores; None where the machine doesn't tell

    @property
    def failed(self) -> int:
        return sum(self.errors.values())

    @property
    def goodput_per_s(self) -> float | None:
        return self.completed * S_NS / self.duration_ns if self.duration_ns else None

    @property
    def cpu_ns_per_request(self) -> float | None:
        return self.server_cpu_ns / self.completed if self.completed else None


class Window(msgspec.Struct, frozen=True):
    """Of a warm-up, in the closed loop."""

    completed: int
    server_cpu_ns: int
    p99_ns: int | None


class LaneRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A lane's target in a block."""

    name: str
    cold_start_ns: int = 0  # from its start to its first right answer; 0: not known
    peak_rss_bytes: int = 0
    window_ns: int = 0
    windows: tuple[Window, ...] = ()  # of its warm-up
    is_steady: bool = True  # its rate no longer climbed when the warm-up was over
    cost_ns: float | None = None  # CPU a request, of the warm-up's last windows
    rates_per_s: dict[str, float] = {}  # of the loads with a rate, by word
    body_bytes: dict[str, int] = {}  # of each class's response
    log: str = ""  # what it said at its start


class Merged(msgspec.Struct, frozen=True, omit_defaults=True):
    """A lane under a load: the latencies of all its bursts, as encoded histograms."""

    lane: str
    load: str
    latency: str
    classes: dict[str, str] = {}
    lowest_lower_bound_ns: dict[str, int] = {}  # of all ("") and of each class
    # Of all ("") and of each class: quantiles that late sends may have moved.
    brackets: dict[str, dict[str, Bracket]] = {}
    # How late the generator was, which polls always, at the quantiles at which that is anything: so
    # long cores were taken away, the servers' as well as its own.
    away_ns: dict[str, int] = {}
    # Quantiles that can't be told for either; those of a class begin with its name and a dot.
    withheld: tuple[str, ...] = ()


class BlockRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="block", omit_defaults=True):
    """Fresh servers of all its lanes, alive together, in alternating bursts."""

    number: int  # from 1; of its workload, where it is a suite's
    started: str  # UTC
    bursts: tuple[Burst, ...]
    workload: str = ""  # of a suite's
    apart: str = (
        ""  # the lane that can't rest beside others, where it stands with the reference alone
    )
    loads: tuple[Load, ...] = ()
    server_cores: int = 1
    shares_core: bool = False  # generator and servers have one core between them
    seconds: float = 0.0  # that it took, with starts and warm-ups
    lanes: tuple[LaneRecord, ...] = ()
    merged: tuple[Merged, ...] = ()
    dropped: str | None = (
        None  # why it is left out whole, for what its bursts' conditions don't say
    )
    failed_lane: str | None = None  # whose server did not start, answered wrongly, or died

    def of(self, lane: str, load: str | None = None) -> tuple[Burst, ...]:
        """Those of a lane, in the order of the rounds."""
        found = [one for one in self.bursts if one.lane == lane and load in (None, one.load)]
        return tuple(sorted(found, key=lambda one: one.round))

    def load(self, word: str) -> Load:
        """With the kind of its arrivals alone where nothing more is stored."""
        found = (one for one in self.loads if one.word == word)
        return next(found, Load(word.partition("-")[0]))

    def lane(self, name: str) -> LaneRecord | None:
        return next((one for one in self.lanes if one.name == name), None)
