"""Blocks made by hand, as measure_block would give them: for tests that need no server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contend._engine import Histogram
from contend.blocks.burst import Measured, with_beyond
from contend.blocks.measure import usual
from contend.blocks.record import (
    OF_BURST,
    BlockRecord,
    Burst,
    LaneRecord,
    Latencies,
    Merged,
    Window,
    quantiles_of,
)
from contend.suites.load import Load
from contend.trials.conditions import Conditions
from made_results import histogram
from msgspec.structs import replace

BURST_NS = 250_000_000
MS_NS = 1_000_000
S_NS = 1_000_000_000
STARTED = "2026-11-25T00:00:00Z"
CLOSED = Load()
OPEN = Load("poisson", 64, 2000.0)

# By lane, load's word and round: how many times as much its burst took.
Factor = Callable[[str, str, int], float]


@dataclass(frozen=True)
class Made:
    """How a lane's bursts turn out. The last 2% of a burst's requests take its p99."""

    goodput_per_s: float = 2400.0  # 600 requests a burst
    cpu_ns: float = 50_000.0  # a request
    p50_ns: float = 1 * MS_NS
    p99_ns: float = 5 * MS_NS
    rss_bytes: int = 40 << 20
    errors: Mapping[str, int] = field(default_factory=dict)  # of each burst
    lower_bounds: int = 0  # of each burst: requests given up, at its p99
    shares: Mapping[str, float] = field(default_factory=dict)  # of its classes
    loads: tuple[str, ...] | None = None  # words of those that it has a part in


def times(p50_ns: float, p99_ns: float, count: int) -> Histogram:
    tail = count // 50
    return histogram({round(p99_ns): tail, round(p50_ns): count - tail} if tail else [])


def quiet(scheduled: int, completed: int, duration_ns: int = BURST_NS) -> Conditions:
    """Nothing disturbed it."""
    return Conditions(
        duration_ns=duration_ns,
        outcomes={"ok": completed} if completed else {},
        sent=scheduled,
        completed_ok=completed,
        scheduled=scheduled,
        ok=completed,
    )


def made_burst(lane: str, load: Load, number: int, made: Made, factor: float = 1.0) -> Measured:
    """All that it took is `factor` times what `made` says. Where its load has a rate, so many are
    asked for, and no more are answered than its goodput allows."""
    able = made.goodput_per_s / factor * BURST_NS / S_NS
    asked = able if load.rate_per_s is None else load.rate_per_s * BURST_NS / S_NS
    completed = round(min(able, asked))
    p50_ns, p99_ns = made.p50_ns * factor, made.p99_ns * factor
    latencies = {"": times(p50_ns, p99_ns, completed)}
    counts = {name: round(share * completed) for name, share in made.shares.items()}
    latencies |= {name: times(p50_ns, p99_ns, count) for name, count in counts.items()}
    errors = dict(made.errors)
    if made.lower_bounds:
        errors["timeout"] = made.lower_bounds
        latencies[""].record(round(p99_ns), made.lower_bounds)
    scheduled = round(asked) + sum(errors.values())
    found = {
        name: Latencies(one.count, quantiles_of(one), completed=counts.get(name, completed))
        for name, one in latencies.items()
    }
    burst = Burst(
        lane=lane,
        load=load.word,
        round=number,
        duration_ns=BURST_NS,
        scheduled=scheduled,
        completed=completed,
        latency=found.pop(""),
        server_cpu_ns=round(made.cpu_ns * factor * completed),
        errors=errors,
        classes=found,
        conditions=quiet(scheduled, completed),
    )
    bounds = {"": round(p99_ns)} if made.lower_bounds else {}
    return Measured(burst, latencies, bounds, peak_rss_bytes=made.rss_bytes)


def made_block(
    number: int,
    lanes: Mapping[str, Made],
    loads: Sequence[Load] = (CLOSED,),
    rounds: int = 3,
    factor: Factor = lambda lane, load, number: 1.0,
    workload: str = "plaintext",
    apart: str = "",
    seconds: float = 10.0,
) -> BlockRecord:
    """Its bursts come round after round."""
    bursts = [
        made_burst(name, load, k, made, factor(name, load.word, k))
        for load in loads
        for k in range(1, rounds + 1)
        for name, made in lanes.items()
        if made.loads is None or load.word in made.loads
    ]
    return together(
        bursts,
        number=number,
        workload=workload,
        apart=apart,
        loads=tuple(loads),
        seconds=seconds,
        lanes=tuple(_lane(name, made, loads) for name, made in lanes.items()),
    )


def together(bursts: Sequence[Measured], number: int, **given: object) -> BlockRecord:
    """The record of a block of these bursts, in this order."""
    record = BlockRecord(
        number=number,
        started=STARTED,
        bursts=tuple(_counted(bursts)),
        merged=tuple(_merged(at, of_it) for at, of_it in _by_lane(bursts).items()),
    )
    return replace(record, **given)


def failed_block(
    number: int, lane: str, why: str = "did not start", **given: object
) -> BlockRecord:
    """One whose lane's server did not start, or died."""
    record = BlockRecord(number=number, started=STARTED, bursts=(), workload="plaintext")
    return replace(record, dropped=f"{lane}: {why}; try its log", failed_lane=lane, **given)


def disturbed(block: BlockRecord, is_it: Callable[[Burst], bool]) -> BlockRecord:
    """With a generator that stood still in some of its bursts."""
    stalled = {
        index: replace(one.conditions, longest_stall_ns=90 * MS_NS)
        for index, one in enumerate(block.bursts)
        if one.conditions is not None and is_it(one)
    }
    bursts = (
        replace(one, conditions=stalled.get(index, one.conditions))
        for index, one in enumerate(block.bursts)
    )
    return replace(block, bursts=tuple(bursts))


def _lane(name: str, made: Made, loads: Sequence[Load]) -> LaneRecord:
    completed = round(made.goodput_per_s * BURST_NS / S_NS)
    window = Window(completed, round(made.cpu_ns * completed), round(made.p99_ns))
    rates = {one.word: one.rate_per_s for one in loads if one.rate_per_s is not None}
    return LaneRecord(
        name=name,
        cold_start_ns=100 * MS_NS,
        peak_rss_bytes=made.rss_bytes,
        window_ns=BURST_NS,
        windows=(window, window),
        cost_ns=made.cpu_ns,
        rates_per_s=rates,
        body_bytes={"plaintext": 13},
    )


def _by_lane(bursts: Sequence[Measured]) -> dict[tuple[str, str], list[Measured]]:
    found: dict[tuple[str, str], list[Measured]] = {}
    for one in bursts:
        found.setdefault((one.burst.lane, one.burst.load), []).append(one)
    return found


def _sum(bursts: Sequence[Measured], name: str) -> Histogram:
    found = Histogram()
    for one in bursts:
        found.add(one.histograms[name])
    return found


def _counted(bursts: Sequence[Measured]) -> list[Burst]:
    values_ns: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for at, of_it in _by_lane(bursts).items():
        values_ns[at] = {}
        for name in of_it[0].histograms:
            of_usual = quantiles_of(_sum(usual(of_it), name))
            values_ns[at][name] = quantiles_of(_sum(of_it, name)) | {
                one: of_usual[one] for one in OF_BURST if one in of_usual
            }
    return [with_beyond(one, values_ns[one.burst.lane, one.burst.load]) for one in bursts]


def _merged(at: tuple[str, str], bursts: Sequence[Measured]) -> Merged:
    encoded = {name: _sum(bursts, name).encode() for name in bursts[0].histograms}
    bounds = [one.lowest_lower_bound_ns[""] for one in bursts if one.lowest_lower_bound_ns]
    lowest = {"": min(bounds)} if bounds else {}
    return Merged(*at, encoded.pop(""), encoded, lowest)
