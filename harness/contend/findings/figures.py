"""The registry of figures: name, unit, direction, how each is read, and from how many requests on.

Tables, gate, exports and queries read it. Every figure is read in the unit that it is printed in,
so that nothing downstream converts. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from contend.findings.observed import QUANTILES, Observed

NS_PER_MS = 1e6
NS_PER_US = 1e3
_MIB = 1024 * 1024

# Before the names of times that run from the actual send.
CLOSED_LOOP = "closed_loop_"
# What servers ask in their turn, where it is no store.
UPSTREAM = "upstream"
# Fewer connections are opened in no time. One stands when it could carry a request: a stream with
# its first event, a WebSocket after its handshake.
LEAST_CONNECTIONS = 1000
# A quantile with no request beyond it would be the maximum under another name; a burst tells of one
# by itself with so many.
LEAST_BEYOND, LEAST_BEYOND_OF_BURST = 1, 5


def is_resolved(count: int, quantile: float, least_beyond: float = LEAST_BEYOND) -> bool:
    """Whether so many requests tell a quantile."""
    return count * (1 - quantile) >= least_beyond


@dataclass(frozen=True)
class Reading:
    """One trial's, or one block's, figure."""

    value: float
    is_lower_bound: bool = False


@dataclass(frozen=True)
class Figure:
    """A kind of figure; it can't be read where it wasn't measured."""

    name: str  # in CSV and JSON
    head: str  # over a column
    unit: str
    higher_is_faster: bool | None  # None: it says nothing of speed, and isn't compared
    read: Callable[[Observed], Reading | None]
    quantile: str | None = None  # of QUANTILES
    class_name: str = ""  # "": of all requests

    @property
    def column(self) -> str:
        return f"{self.head}, {self.unit}"

    def is_of_burst(self, count: int) -> bool:
        """Whether a burst of so many requests tells it, or only all of a block's together."""
        if self.quantile is None:
            return True
        return is_resolved(count, QUANTILES[self.quantile], LEAST_BEYOND_OF_BURST)


def figures_of(
    is_open: bool,
    cheap_class: str | None = None,
    pushed_class: str | None = None,
    asked: str = UPSTREAM,
    is_calibrated: bool = False,
) -> tuple[Figure, ...]:
    """The figures of a table, whose servers ask `asked` in their turn. In the closed loop the clock
    starts at the actual send: its times have names of their own, and stand in no column with
    latencies. Of a mix the cheap class's p99 is compared, and no quantile of all: its p50 lies
    between those that met a dear request and those that did not, now here and now there, and its
    p99 is the dear class's own time. Where the CPU of requests is calibrated, it and goodput are
    the workload's own, and not compared. What is pushed is due at times of its own in either loop,
    and never in one figure with what is asked for.
    """
    name, head = ("", "") if is_open else (CLOSED_LOOP, "closed-loop ")
    of_one = is_open and cheap_class is None
    timings = [
        latency(f"{name}p50", f"{head}p50", "p50", is_compared=of_one),
        latency(f"{name}p99", f"{head}p99", "p99", is_compared=of_one),
    ]
    if cheap_class is not None:
        of_it = f"{name}p99_of_{cheap_class}", f"{head}p99 of {cheap_class}"
        timings.append(latency(*of_it, "p99", cheap_class, is_compared=is_open))
    if pushed_class is not None:
        of_it = f"p99_of_{pushed_class}", f"p99 of {pushed_class}"
        timings = [timings[-1], latency(*of_it, "p99", pushed_class, is_compared=is_open)]
    # In the open loop goodput is the rate that was asked, unless the server can't keep up.
    higher_is_faster = None if is_open or is_calibrated else True
    goodput = Figure("goodput", "goodput", "/s", higher_is_faster, _goodput)
    cpu = SERVER_CPU if pushed_class is None else CPU_WITH_PUSHES
    cpu = replace(cpu, higher_is_faster=None) if is_calibrated else cpu
    busy = (UTILISATION,) if is_open else ()
    return goodput, *timings, CONNECT, cpu, *busy, _cpu_beside(asked), PEAK_RSS, _RSS_GROWTH


def latency(
    name: str, head: str, quantile: str, class_name: str = "", is_compared: bool = True
) -> Figure:
    def read(seen: Observed) -> Reading | None:
        times = seen.times.get(class_name)
        value_ns = times.quantiles_ns.get(quantile) if times is not None else None
        if times is None or value_ns is None or not is_resolved(times.count, QUANTILES[quantile]):
            return None
        lowest_ns = times.lowest_lower_bound_ns
        return Reading(value_ns / NS_PER_MS, lowest_ns is not None and value_ns >= lowest_ns)

    return Figure(name, head, "ms", False if is_compared else None, read, quantile, class_name)


def _scaled(
    of: Callable[[Observed], float | None], by: float
) -> Callable[[Observed], Reading | None]:
    def read(seen: Observed) -> Reading | None:
        value = of(seen)
        return None if value is None else Reading(value / by)

    return read


def _connect_p99(seen: Observed) -> Reading | None:
    times = seen.connect
    value_ns = None if times is None else times.quantiles_ns["p99"]
    if times is None or value_ns is None or times.count < LEAST_CONNECTIONS:
        return None
    return Reading(value_ns / NS_PER_MS)


_goodput = _scaled(lambda seen: seen.goodput_per_s, 1)
_server_cpu = _scaled(lambda seen: seen.server_cpu_ns, NS_PER_US)
GOODPUT = Figure("goodput", "goodput", "/s", True, _goodput)
CONNECT = Figure("connect_p99", "p99 until open", "ms", None, _connect_p99)
SERVER_CPU = Figure("server_cpu_per_request", "CPU", "µs/request", False, _server_cpu)
# How many are pushed beside a request is the server's own doing in the closed loop: not compared.
CPU_WITH_PUSHES = Figure("cpu_per_request_or_push", "CPU", "µs/request or push", None, _server_cpu)
INSTRUCTIONS = Figure(
    "instructions_per_request",
    "instructions",
    "/request",
    False,
    _scaled(lambda seen: seen.instructions, 1),
)
UTILISATION = Figure(
    "utilisation", "busy", "%", None, _scaled(lambda seen: seen.server_cpu_share, 0.01)
)
PEAK_RSS = Figure(
    "peak_rss", "peak RSS", "MiB", None, _scaled(lambda seen: seen.peak_rss_bytes, _MIB)
)
_RSS_GROWTH = Figure(
    "rss_growth", "RSS growth", "MiB", None, _scaled(lambda seen: seen.rss_growth_bytes, _MIB)
)


def _cpu_beside(asked: str) -> Figure:
    """It shares the server's core: what it takes, the server doesn't have."""
    name, head = f"{asked.lower()}_cpu_per_request", f"{asked}'s CPU"
    return Figure(
        name, head, "µs/request", None, _scaled(lambda seen: seen.beside_cpu_ns, NS_PER_US)
    )
