"""One block: fresh servers of all lanes, alive together on the same cores, each warmed to its
steady state, then loaded in rounds of short bursts whose order the seed draws: in the closed loop
first, which tells what a request costs, and so at which rates lanes are equally busy."""

import dataclasses
import random
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

from msgspec.structs import replace

from contend.blocks.burst import Measured, Setup, measure_burst, with_beyond
from contend.blocks.lane import Lane, LiveLane
from contend.blocks.record import (
    OF_BURST,
    QUANTILES,
    BlockRecord,
    Burst,
    LaneRecord,
    Merged,
    quantiles_of,
)
from contend.blocks.shape import STALL
from contend.blocks.warm import goodput_per_s, warm
from contend.durations import S_NS
from contend.errors import TargetError
from contend.machine.clock import now
from contend.machine.counters import counting
from contend.machine.frequency import read_khz
from contend.suites.load import Load
from contend.trials.brackets import Bracket, by_lateness
from contend.trials.histograms import Histogram

# Of the burst's time: an idle lane that used less did nothing.
_NOTHING = 0.001

# A send that is no later was made when it was due.
_AT_ONCE_NS = 10_000

Turns = Sequence[tuple[Load, int]]  # each load with its rounds


class LaneError(Exception):
    """A lane's server did not start, answered wrongly, or died: its block is dropped whole."""

    def __init__(self, record: BlockRecord, cause: TargetError) -> None:
        super().__init__(str(cause))
        self.record = record  # without a burst
        self.cause = cause


def measure_block(
    lanes: Sequence[Lane],
    turns: Turns,
    setup: Setup,
    seed: str,
    number: int,
    workload: str = "",
    apart: str = "",
) -> BlockRecord:
    """Block `number`, from 1. Raises LaneError; Interrupted."""
    started, began = now(), time.monotonic()
    found = BlockRecord(
        number=number,
        started=started,
        bursts=(),
        workload=workload,
        apart=apart,
        loads=tuple(load for load, _ in turns),
        server_cores=len(setup.cores.server),
        shares_core=setup.cores.are_shared,
    )
    draw = random.Random(f"{seed}/{number}")
    lane = lanes[0]
    records: list[LaneRecord] = []
    bursts: list[Measured] = []
    rates: dict[str, dict[str, float]] = {}
    try:
        with ExitStack() as stack:
            order = draw.sample(list(lanes), len(lanes))
            targets = []
            for lane in order:
                launched = lane.program.launch(setup.cores.server, setup.pause)
                targets.append((lane, stack.enter_context(launched)))
            live = []
            for lane, target in targets:
                records.append(warm(setup, lane.name, target))
                pids = tuple(target.pids)
                counters = stack.enter_context(counting(pids))
                live.append(LiveLane(lane, target, pids, counters))
            able = {one.name: goodput_per_s(one, setup.shape.warm_up) for one in records}
            for is_open in (False, True):
                rounds = [
                    (load, k)
                    for load, most in turns
                    for k in range(1, most + 1)
                    if load.is_open == is_open
                ]
                draw.shuffle(rounds)
                for load, k in rounds:
                    takers = [one for one in live if one.lane.takes(load.word)]
                    draw.shuffle(takers)
                    arrivals = draw.getrandbits(48)  # the same for all of them
                    for one in takers:
                        lane = one.lane
                        at = replace(load, rate_per_s=rates.get(one.name, {}).get(load.word))
                        others = [other for other in live if other is not one]
                        requests = setup.shape.requests(
                            load, at.rate_per_s or able[one.name], one.deck
                        )
                        bursts.append(_burst(setup, one, others, at, k, arrivals, requests))
                        one.target.server.check_alive()
                if not is_open:
                    rates = {one.name: _rates(one, bursts, turns, setup) for one in records}
    except TargetError as error:
        seconds = time.monotonic() - began
        record = replace(found, seconds=seconds, dropped=str(error), failed_lane=lane.name)
        raise LaneError(record, error) from None
    by_name = {one.name: one for one in records}
    return replace(
        found,
        seconds=time.monotonic() - began,
        lanes=tuple(_completed(by_name[one.name], one, rates[one.name], bursts) for one in lanes),
        bursts=tuple(_counted(bursts)),
        merged=tuple(_merged(bursts)),
    )


def _rates(
    record: LaneRecord, bursts: Sequence[Measured], turns: Turns, setup: Setup
) -> dict[str, float]:
    """By a load's word. A utilisation's is what costs so much, at what a request of the lane cost
    in the closed loop of this block."""
    closed = [one.burst for one in bursts if one.burst.lane == record.name]
    completed = sum(one.completed for one in closed)
    cpu_ns = sum(one.server_cpu_ns for one in closed)
    cost_ns = cpu_ns / completed if completed and cpu_ns else record.cost_ns
    found = {}
    for load, _ in turns:
        if load.busy is not None and cost_ns:
            found[load.word] = load.busy * len(setup.cores.server) * S_NS / cost_ns
        elif load.rate_per_s is not None:
            found[load.word] = load.rate_per_s
    return found


def _completed(
    record: LaneRecord, lane: Lane, rates: Mapping[str, float], bursts: Sequence[Measured]
) -> LaneRecord:
    own = [one.peak_rss_bytes for one in bursts if one.burst.lane == record.name]
    taken = {word: rate for word, rate in rates.items() if lane.takes(word)}
    return replace(record, rates_per_s=taken, peak_rss_bytes=max(own, default=0))


def _burst(
    setup: Setup,
    one: LiveLane,
    others: Sequence[LiveLane],
    load: Load,
    number: int,
    seed: int,
    requests: int,
) -> Measured:
    idle = {other.name: other.cpu_ns for other in others}
    counted = one.counters.read() if one.counters else 0
    began = time.monotonic_ns()
    measured = measure_burst(setup, one.target.asks, one.name, load, number, seed, requests)
    lasted = time.monotonic_ns() - began
    # They are counted in what comes before and after too.
    counted_ns = measured.burst.duration_ns
    lead_ns = 0 if requests else setup.shape.lead_ns
    share = counted_ns / (lead_ns + counted_ns) if counted_ns else 0.0
    used = {other.name: other.cpu_ns - idle[other.name] for other in others}
    burst = replace(
        measured.burst,
        idle_cpu_ns={
            name: round(ns * counted_ns / lasted)
            for name, ns in used.items()
            if ns > _NOTHING * lasted
        },
        instructions=round((one.counters.read() - counted) * share) if one.counters else None,
        khz=read_khz(setup.cores.server),
    )
    return dataclasses.replace(measured, burst=burst)


def _together(bursts: Sequence[Measured]) -> dict[tuple[str, str], list[Measured]]:
    """By lane and load."""
    found: dict[tuple[str, str], list[Measured]] = {}
    for one in bursts:
        found.setdefault((one.burst.lane, one.burst.load), []).append(one)
    return found


def _sum(of_bursts: Iterable[Mapping[str, Histogram]]) -> dict[str, Histogram]:
    """Of all of them together: of all requests and of each class."""
    every: dict[str, Histogram] = {}
    for one in of_bursts:
        for name, histogram in one.items():
            every.setdefault(name, Histogram()).add(histogram)
    return every


def _latencies(bursts: Iterable[Measured]) -> dict[str, Histogram]:
    return _sum(one.histograms for one in bursts)


def _counted(bursts: Sequence[Measured]) -> list[Burst]:
    """In the order of time, with the requests beyond the quantiles of their lane's usual bursts; of
    all of them where a burst alone has too few."""
    found: dict[int, Burst] = {}
    for of_it in _together(bursts).values():
        every, of_usual = _latencies(of_it), _latencies(usual(of_it))
        values_ns = {name: quantiles_of(histogram) for name, histogram in every.items()}
        for name, histogram in of_usual.items():
            of_burst = quantiles_of(histogram)
            values_ns[name] |= {one: of_burst[one] for one in OF_BURST if one in of_burst}
        found |= {id(one): with_beyond(one, values_ns) for one in of_it}
    return [found[id(one)] for one in bursts]


def usual(bursts: Sequence[Measured]) -> list[Measured]:
    """Those that have not stalled."""
    known = [
        (one, p99_ns)
        for one in bursts
        if (p99_ns := one.burst.latency.quantiles_ns.get("p99")) is not None
    ]
    if not known:
        return list(bursts)
    limit_ns = STALL * statistics.median(p99_ns for _, p99_ns in known)
    return [one for one, p99_ns in known if p99_ns <= limit_ns]


def _merged(bursts: Sequence[Measured]) -> list[Merged]:
    found = []
    for (lane, load), of_it in _together(bursts).items():
        every = _latencies(of_it)
        bounds: dict[str, int] = {}
        for one in of_it:
            for name, ns in one.lowest_lower_bound_ns.items():
                bounds[name] = min(ns, bounds.get(name, ns))
        lows, highs = _sum(one.lows for one in of_it), _sum(one.highs for one in of_it)
        brackets = {
            name: by_lateness(every[name], lows[name], highs[name], QUANTILES) for name in lows
        }
        encoded = {name: histogram.encode() for name, histogram in every.items()}
        latency = encoded.pop("")
        moved = {name: some for name, one in brackets.items() if (some := _moved(one))}
        lateness = Histogram()
        for one in of_it:
            lateness.add(one.lateness)
        away = {name: ns for name, ns in quantiles_of(lateness).items() if ns >= _AT_ONCE_NS}
        found.append(Merged(lane, load, latency, encoded, bounds, moved, away))
    return found


def _moved(brackets: Mapping[str, Bracket]) -> dict[str, Bracket]:
    """Those that late sends may have moved at all."""
    return {name: one for name, one in brackets.items() if one.off_ns}
