"""What figures are read from: a trial, a burst, or all of a lane's bursts in a block. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contend.blocks.record import Burst, Latencies, Merged
from contend.durations import S_NS
from contend.runs.record import TrialRecord
from contend.trials.brackets import of_class
from contend.trials.document import LoadDocument, Timings
from contend.trials.histograms import Histogram

# The quantiles that figures are of.
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}


@dataclass(frozen=True)
class Times:
    """The latencies of some requests: how many, and those of QUANTILES that are known."""

    count: int
    quantiles_ns: Mapping[str, int | None]
    lowest_lower_bound_ns: int | None = None  # from here on a quantile is a lower bound


@dataclass(frozen=True)
class Observed:
    """A figure that wasn't measured is None."""

    goodput_per_s: float | None
    server_cpu_ns: float | None = None  # a request
    server_cpu_share: float | None = None  # of all of its cores' time
    instructions: float | None = None  # a request
    beside_cpu_ns: float | None = None  # a request, of what the server asks in its turn
    connect: Times | None = None  # until connections stood
    peak_rss_bytes: int | None = None
    settled_rss_bytes: int | None = None  # at the end of a trial
    rss_growth_bytes: int | None = None  # where bodies are large enough to pile up
    times: Mapping[str, Times] = field(default_factory=dict)  # of all ("") and of each class


def of_trial(trial: TrialRecord) -> Observed | None:
    document = trial.document
    if document is None:
        return None
    server = document.server
    bodies = trial.served_by.body_bytes.values() if trial.served_by else ()
    is_large = max(bodies, default=0) >= 1 << 20
    times = {"": document.latency}
    times |= {one.name: one.latency for one in document.classes or ()}
    bounds = trial.lowest_lower_bound_ns
    return Observed(
        goodput_per_s=_goodput(document),
        server_cpu_ns=server.cpu_ns_per_request if server else None,
        beside_cpu_ns=trial.beside_cpu_ns_per_request,
        connect=_times(document.connect_time),
        peak_rss_bytes=server.max_rss_bytes if server else None,
        settled_rss_bytes=server.end_rss_bytes if server else None,
        rss_growth_bytes=server.rss_growth_bytes if server and is_large else None,
        times={name: _times(one, bounds.get(name)) for name, one in times.items()},
    )


def of_burst(burst: Burst, server_cores: int) -> Observed:
    return _of_bursts(
        [burst],
        server_cores,
        {
            name: _latencies(one, of_class(burst.withheld, name))
            for name, one in {"": burst.latency, **burst.classes}.items()
        },
    )


def of_bursts(bursts: Sequence[Burst], merged: Merged, server_cores: int) -> Observed:
    """Of a lane and load in one block."""
    encoded = {"": merged.latency, **merged.classes}
    bounds = merged.lowest_lower_bound_ns
    return _of_bursts(
        bursts,
        server_cores,
        {
            name: _histogram(text, bounds.get(name), of_class(merged.withheld, name))
            for name, text in encoded.items()
        },
    )


def _of_bursts(bursts: Sequence[Burst], server_cores: int, times: Mapping[str, Times]) -> Observed:
    completed = sum(one.completed for one in bursts)
    lasted_ns = sum(one.duration_ns for one in bursts)
    cpu_ns = sum(one.server_cpu_ns for one in bursts)
    beside = [one.beside_cpu_ns for one in bursts if one.beside_cpu_ns is not None]
    counted = [one.instructions for one in bursts if one.instructions is not None]
    all_counted = len(counted) == len(bursts)
    return Observed(
        goodput_per_s=completed * S_NS / lasted_ns if lasted_ns else None,
        server_cpu_ns=cpu_ns / completed if completed else None,
        server_cpu_share=cpu_ns / (lasted_ns * server_cores) if lasted_ns else None,
        instructions=sum(counted) / completed if completed and all_counted else None,
        beside_cpu_ns=sum(beside) / completed if completed and beside else None,
        times=times,
    )


def _goodput(document: LoadDocument) -> float | None:
    """Without what is pushed, which is no response to anybody."""
    if document.goodput_per_s is not None and document.asked:
        return sum(one.requests.ok for one in document.asked) * S_NS / document.duration_ns
    return document.goodput_per_s


def _times(found: Timings, lowest_lower_bound_ns: int | None = None) -> Times:
    values = {name: getattr(found, f"{name.replace('.', '_')}_ns") for name in QUANTILES}
    bound = lowest_lower_bound_ns if found.lower_bounds > 0 else None
    return Times(found.count, values, bound)


def _latencies(found: Latencies, withheld: Sequence[str]) -> Times:
    known = {name: ns for name, ns in found.quantiles_ns.items() if name not in withheld}
    return Times(found.count, known)


def _histogram(encoded: str, lowest_lower_bound_ns: int | None, withheld: Sequence[str]) -> Times:
    histogram = Histogram.decode(encoded)
    values = {
        name: histogram.value_at_quantile_ns(quantile) if histogram.count else None
        for name, quantile in QUANTILES.items()
        if name not in withheld
    }
    return Times(histogram.count, values, lowest_lower_bound_ns)
