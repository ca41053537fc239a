"""Whether a block and its bursts may be used, from what is stored of them. Pure."""

import statistics
from collections.abc import Sequence

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


def judged(block: BlockRecord, limits: Limits = LIMITS) -> BlockRecord:
    """As these limits judge it: what disturbed its bursts, and whether it is dropped. What was
    stored without conditions stays as it was judged then, and so do a block whose lane failed, and
    quantiles that were withheld before brackets were stored."""
    if block.failed_lane is not None or any(one.conditions is None for one in block.bursts):
        return block
    merged = tuple(
        replace(one, withheld=_withheld(one, limits) or _of_all_classes(one))
        for one in block.merged
    )
    withheld = {(one.lane, one.load): one.withheld for one in merged}
    bursts = tuple(
        replace(
            one,
            reasons=tuple(_disturbances(block, one, limits)),
            withheld=withheld.get((one.lane, one.load), ()),
        )
        for one in block.bursts
    )
    found = replace(block, bursts=bursts, merged=merged)
    return replace(found, dropped=_why_dropped(found, limits))


def _disturbances(block: BlockRecord, burst: Burst, limits: Limits) -> Sequence[str]:
    """What the generator or the machine did to a burst, and not its server. Late sends do nothing
    to its goodput and CPU; the quantiles that they may have moved are withheld, each by itself."""
    assert burst.conditions is not None
    load, lane = block.load(burst.load), block.lane(burst.lane)
    rate_per_s = lane.rates_per_s.get(burst.load) if lane else None
    setting = Setting(
        arrivals=load.arrivals,
        rate_per_s=rate_per_s if load.is_open else None,
        server_cores=block.server_cores,
        shares_core=block.shares_core,
        max_requests=burst.scheduled if burst.is_of_requests else 0,
    )
    return [one.words for one in disturbances(burst.conditions, setting, limits)]


def _withheld(merged: Merged, limits: Limits) -> tuple[str, ...]:
    """Quantiles that late sends may have moved too far, or that tell more of the machine than of
    the server: at which a thread that polls always had its core taken away for so long."""
    found = {
        (of_class, name): None
        for of_class, brackets in merged.brackets.items()
        for name, one in brackets.items()
        if not one.is_within(limits.moved_share, limits.moved_ns)
    }
    if merged.away_ns:
        for of_class, text in {"": merged.latency, **merged.classes}.items():
            values_ns = quantiles_of(Histogram.decode(text))
            found |= {
                (of_class, name): None
                for name, away_ns in merged.away_ns.items()
                if name in values_ns
                and away_ns > max(limits.moved_share * values_ns[name], limits.moved_ns)
            }
    return tuple(f"{of_class}.{name}" if of_class else name for of_class, name in found)


def _of_all_classes(merged: Merged) -> tuple[str, ...]:
    """What was withheld before brackets were stored was so of each class as well."""
    if merged.brackets or merged.away_ns:
        return ()
    plain = [one for one in merged.withheld if "." not in one.removeprefix("p99.9")]
    names = [f"{of_class}.{one}" for of_class in merged.classes for one in plain]
    return tuple(dict.fromkeys((*merged.withheld, *names)))


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


def idle_shares(block: BlockRecord) -> dict[str, float]:
    """Of a core, what each lane used while others were loaded; of blocks in which a lane stands
    apart with the reference nothing."""
    if len(block.lanes) <= 2:
        return {}
    found = {}
    for lane in block.lanes:
        others = [one for one in block.bursts if one.lane != lane.name]
        lasted_ns = sum(one.duration_ns for one in others)
        used_ns = sum(one.idle_cpu_ns.get(lane.name, 0) for one in others)
        if lasted_ns:
            found[lane.name] = used_ns / lasted_ns
    return found
