"""The figures of a trial that tables hold: how each is read, its unit, and which way is faster.

Pure functions of stored trials. Every figure is read in the unit that it is printed in, so that
nothing downstream converts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contend.durations import S_NS
from contend.runs.record import TrialRecord
from contend.stats.compare import Sample
from contend.trials.document import LoadDocument, Timings

_MS = 1e6
_US = 1e3
_MIB = 1024 * 1024

# What servers ask in their turn, where it is no store.
UPSTREAM = "upstream"


@dataclass(frozen=True)
class Reading:
    """One trial's figure."""

    value: float
    is_lower_bound: bool = False


@dataclass(frozen=True)
class Figure:
    """A kind of figure; it can't be read where the trial didn't measure it."""

    name: str  # in CSV and JSON
    head: str  # over a column
    unit: str
    higher_is_faster: bool | None  # None: it says nothing of speed, and isn't compared
    read: Callable[[TrialRecord], Reading | None]

    @property
    def column(self) -> str:
        return f"{self.head}, {self.unit}"

    def sample(self, trials: Sequence[TrialRecord]) -> Sample:
        """The figure of each trial that has it."""
        readings = [one for trial in trials if (one := self.read(trial)) is not None]
        return Sample(
            tuple(one.value for one in readings), any(one.is_lower_bound for one in readings)
        )


def figures_of(
    is_open: bool,
    cheap_class: str | None = None,
    pushed_class: str | None = None,
    asked: str = UPSTREAM,
) -> tuple[Figure, ...]:
    """The figures of a table, whose servers ask `asked` in their turn. In the closed loop the clock
    starts at the actual send: its times have names of their own, and stand in no column with
    latencies. What is pushed is due at times of its own in either loop, and never in one figure
    with what is asked for.
    """
    name, head = ("", "") if is_open else ("closed_loop_", "closed-loop ")
    timings = [
        _quantile(f"{name}p50", f"{head}p50", "p50_ns", 0.5, None, is_compared=is_open),
        _quantile(f"{name}p99", f"{head}p99", "p99_ns", 0.99, None, is_compared=is_open),
    ]
    if cheap_class is not None:
        timings.append(
            _quantile(
                f"{name}p99_of_{cheap_class}",
                f"{head}p99 of {cheap_class}",
                "p99_ns",
                0.99,
                cheap_class,
                is_compared=is_open,
            )
        )
    if pushed_class is not None:
        timings = [
            timings[-1],
            _quantile(
                f"p99_of_{pushed_class}",
                f"p99 of {pushed_class}",
                "p99_ns",
                0.99,
                pushed_class,
                is_compared=is_open,
            ),
        ]
    # In the open loop goodput is the rate that was asked, unless the server can't keep up.
    goodput = Figure("goodput", "goodput", "/s", None if is_open else True, _goodput)
    cpu = SERVER_CPU if pushed_class is None else _CPU_WITH_PUSHES
    return goodput, *timings, CONNECT, cpu, _cpu_beside(asked), PEAK_RSS, _RSS_GROWTH


def _goodput(trial: TrialRecord) -> Reading | None:
    document = trial.document
    if document is None or document.goodput_per_s is None:
        return None
    if document.asked:  # beside what is pushed, which is no response to anybody
        ok = sum(one.requests.ok for one in document.asked)
        return Reading(ok * S_NS / document.duration_ns)
    return Reading(document.goodput_per_s)


def _server_cpu(trial: TrialRecord) -> Reading | None:
    server = trial.document.server if trial.document else None
    if server is None or server.cpu_ns_per_request is None:
        return None
    return Reading(server.cpu_ns_per_request / _US)


def _beside_cpu(trial: TrialRecord) -> Reading | None:
    cpu_ns = trial.beside_cpu_ns_per_request
    return None if cpu_ns is None else Reading(cpu_ns / _US)


def _connect_p99(trial: TrialRecord) -> Reading | None:
    times = trial.document.connect_time if trial.document else None
    if times is None or times.p99_ns is None or times.count < LEAST_CONNECTIONS:
        return None
    return Reading(times.p99_ns / _MS)


def _peak_rss(trial: TrialRecord) -> Reading | None:
    server = trial.document.server if trial.document else None
    return None if server is None else Reading(server.max_rss_bytes / _MIB)


def _rss_growth(trial: TrialRecord) -> Reading | None:
    """Where bodies are large enough to pile up."""
    server = trial.document.server if trial.document else None
    bodies = trial.served_by.body_bytes.values() if trial.served_by else ()
    if server is None or server.rss_growth_bytes is None or max(bodies, default=0) < _MIB:
        return None
    return Reading(server.rss_growth_bytes / _MIB)


# Fewer are opened in no time. A connection stands when it could carry a request: a stream with its
# first event, a WebSocket after its handshake.
LEAST_CONNECTIONS = 1000
CONNECT = Figure("connect_p99", "p99 until open", "ms", None, _connect_p99)
SERVER_CPU = Figure("server_cpu_per_request", "CPU", "µs/request", False, _server_cpu)
# How many are pushed beside a request is the server's own doing in the closed loop: not compared.
_CPU_WITH_PUSHES = Figure("cpu_per_request_or_push", "CPU", "µs/request or push", None, _server_cpu)
PEAK_RSS = Figure("peak_rss", "peak RSS", "MiB", None, _peak_rss)
_RSS_GROWTH = Figure("rss_growth", "RSS growth", "MiB", None, _rss_growth)


def _cpu_beside(asked: str) -> Figure:
    """It shares the server's core: what it takes, the server doesn't have."""
    name, head = f"{asked.lower()}_cpu_per_request", f"{asked}'s CPU"
    return Figure(name, head, "µs/request", None, _beside_cpu)


def _quantile(
    name: str,
    head: str,
    field: str,
    quantile: float,
    class_name: str | None,
    is_compared: bool,
) -> Figure:
    def read(trial: TrialRecord) -> Reading | None:
        timings = _latency(trial.document, class_name) if trial.document else None
        value_ns = getattr(timings, field) if timings is not None else None
        # A quantile with no sample beyond it would be the maximum under another name.
        if timings is None or value_ns is None or timings.count * (1 - quantile) < 1:
            return None
        lowest_ns = trial.lowest_lower_bound_ns.get(class_name or "")
        is_bound = timings.lower_bounds > 0 and lowest_ns is not None and value_ns >= lowest_ns
        return Reading(value_ns / _MS, is_bound)

    return Figure(name, head, "ms", False if is_compared else None, read)


def _latency(document: LoadDocument, class_name: str | None) -> Timings | None:
    if class_name is None:
        return document.latency
    classes = document.classes or ()
    return next((one.latency for one in classes if one.name == class_name), None)
