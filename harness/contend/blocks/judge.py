"""Whether a block and its bursts may be used, from what is stored of them. Pure."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from contend.blocks.record import BlockRecord, Burst, Merged, quantiles_of
from contend.machine.frequency import why_unequal
from contend.trials.histograms import Histogram
from contend.trials.validity import LIMITS, Limits, Setting, disturbances

# A block is dropped when more of the machine's time was stolen from it, or when so many of its
# bursts were disturbed: single ones may be called so by chance. What a server does itself, or
# leaves undone, drops nothing.
MOST_DISTURBED = 0.25
# An open burst with more responses than were asked for in it still drains a backlog.
BACKLOG_SHARE = 0.01
# Of a core: a lane that uses more while others are loaded can't rest beside them.
RESTLESS_SHARE = 0.01


def judged(block: BlockRecord, limits: Limits = LIMITS) -> BlockRecord:
    """As these limits judge it: what disturbed its bursts, and whether it is dropped. What was
    stored without conditions stays as it was judged then, and so does a block whose lane failed."""
    if block.failed_lane is not None or any(one.conditions is None for one in block.bursts):
        return block
    bursts = tuple(
        replace(
            one,
            reasons=tuple(_disturbances(block, one, limits)),
            withheld=_moved(one.late_ns, _values_ns(one), limits),
        )
        for one in block.bursts
    )
    merged = tuple(
        replace(one, withheld=_moved(one.late_ns, _merged_values_ns(one), limits))
        for one in block.merged
    )
    found = replace(block, bursts=bursts, merged=merged)
    return replace(found, dropped=_why_dropped(found, limits))


def _disturbances(block: BlockRecord, burst: Burst, limits: Limits) -> Sequence[str]:
    """What the generator or the machine did to a burst, and not its server. A few late sends do
    nothing to its goodput and CPU; the quantiles that they may have moved are withheld, each by
    itself."""
    assert burst.conditions is not None
    load, lane = block.load(burst.load), block.lane(burst.lane)
    rate_per_s = lane.rates_per_s.get(burst.load) if lane else None
    setting = Setting(
        arrivals=load.arrivals,
        rate_per_s=rate_per_s if load.is_open else None,
        server_cores=block.server_cores,
        shares_core=block.shares_core,
    )
    return disturbances(burst.conditions, setting, replace(limits, pacing_lag_ns=math.inf))


Values = Iterable[Mapping[str, int]]  # quantiles of all requests, and of each class


def _moved(late_ns: Mapping[str, int], values_ns: Values, limits: Limits) -> tuple[str, ...]:
    """Quantiles of which own lateness is too large a part: a request that was sent late has its
    lateness in its latency."""
    found = []
    for name, late in late_ns.items():
        least = min((values[name] for values in values_ns if name in values), default=0)
        if late > max(limits.pacing_lag_ns, limits.pacing_lag_share * least):
            found.append(name)
    return tuple(found)


def _values_ns(burst: Burst) -> list[dict[str, int]]:
    return [one.quantiles_ns for one in (burst.latency, *burst.classes.values())]


def _merged_values_ns(merged: Merged) -> list[dict[str, int]]:
    if not merged.late_ns:
        return []
    encoded = (merged.latency, *merged.classes.values())
    return [quantiles_of(Histogram.decode(one)) for one in encoded]


def is_draining(block: BlockRecord, burst: Burst) -> bool:
    """Its server still answers what it was asked before: more than its connections held."""
    load = block.load(burst.load)
    more = burst.completed - burst.scheduled
    return load.is_open and more > max(BACKLOG_SHARE * burst.scheduled, load.connections)


def _why_dropped(block: BlockRecord, limits: Limits) -> str | None:
    """Why none of its lanes can be used; None when they can."""
    bursts = block.bursts
    if not bursts:
        return "no bursts"
    stolen = statistics.fmean(one.conditions.stolen_share for one in bursts if one.conditions)
    if stolen > limits.stolen_share:
        return f"{stolen:.1%} of the machine's time was stolen"
    disturbed = [one for one in bursts if one.reasons]
    if len(disturbed) > MOST_DISTURBED * len(bursts):
        some = f"{len(disturbed)} of {len(bursts)} bursts were disturbed"
        return f"{some}, such as: {disturbed[0].reasons[0]}"
    khz: dict[str, list[int | None]] = {one.lane: [] for one in bursts}
    for one in bursts:
        khz[one.lane].append(one.khz)
    return why_unequal(khz)


def restless(block: BlockRecord) -> dict[str, float]:
    """Lanes that used more of a core than they may while others were loaded, with that share."""
    found = {}
    for lane in block.lanes:
        others = [one for one in block.bursts if one.lane != lane.name]
        lasted_ns = sum(one.duration_ns for one in others)
        used_ns = sum(one.idle_cpu_ns.get(lane.name, 0) for one in others)
        if lasted_ns and used_ns > RESTLESS_SHARE * lasted_ns:
            found[lane.name] = used_ns / lasted_ns
    return found
