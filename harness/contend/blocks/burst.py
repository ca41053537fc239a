"""One burst: a lane's turn under a load, and what is kept of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from contend import _engine
from contend.blocks.record import Burst, Latencies, quantiles_of
from contend.blocks.shape import Shape
from contend.machine.cores import Cores
from contend.machine.interrupts import Interrupted
from contend.suites.load import Load
from contend.trials.conditions import conditions_of
from contend.trials.document import OUTCOMES
from contend.trials.histograms import Histogram
from contend.trials.run import Progress, RunTrial, execute
from contend.trials.spec import Asked, spec_of

Pause = Callable[[float], None]


@dataclass(frozen=True)
class Setup:
    """Where blocks are measured, and how. `pause` raises Interrupted, `goes_on` returns False, to
    end it."""

    cores: Cores
    shape: Shape
    pause: Pause
    goes_on: Progress = lambda progress: True
    run_trial: RunTrial = _engine.run_trial


@dataclass(frozen=True)
class Measured:
    """A burst with its latencies: of all ("") and of each class, where there are several."""

    burst: Burst
    histograms: Mapping[str, Histogram] = field(default_factory=dict)
    lowest_lower_bound_ns: Mapping[str, int] = field(default_factory=dict)
    # As they might have been at least and at most, had every send been punctual; at a rate.
    lows: Mapping[str, Histogram] = field(default_factory=dict)
    highs: Mapping[str, Histogram] = field(default_factory=dict)
    lateness: Histogram = field(default_factory=Histogram)  # own, of its sends at a rate
    peak_rss_bytes: int = 0


def measure_burst(
    setup: Setup,
    asked: Asked,
    lane: str,
    load: Load,
    number: int,
    seed: int,
    requests: int = 0,
) -> Measured:
    """Of so many requests, or of the shape's length. Raises Interrupted; TrialError where the
    machine refuses."""
    shape = setup.shape
    spec = spec_of(
        asked,
        load,
        setup.cores,
        seed=seed,
        pacing="busy",
        warmup_ns=0 if requests else shape.lead_ns,
        max_requests=requests,
        duration_ns=shape.counted_ns(load.is_open),
        timeout_ns=shape.timeout_ns,
    )
    result = execute(spec, setup.goes_on, setup.run_trial)
    if result.stopped:
        raise Interrupted
    counts = result.requests
    several = result.classes if len(result.classes) > 1 else []
    histograms = {"": result.latency, **{one.name: one.latency for one in several}}
    bounds = {"": result.lowest_lower_bound_ns}
    bounds |= {one.name: one.lowest_lower_bound_ns for one in several}
    burst = Burst(
        lane=lane,
        load=load.word,
        round=number,
        duration_ns=result.duration_ns,
        scheduled=counts.scheduled,
        completed=result.completed_ok,
        latency=_latencies(result.latency, result.completed_ok),
        server_cpu_ns=result.server.cpu_ns if result.server else 0,
        errors={
            outcome: counts[outcome] for outcome in OUTCOMES if outcome != "ok" and counts[outcome]
        },
        classes={one.name: _latencies(one.latency, one.requests["ok"]) for one in several},
        beside_cpu_ns=result.beside.cpu_ns if result.beside else None,
        is_of_requests=bool(requests),
        conditions=conditions_of(result),
    )
    return Measured(
        burst,
        histograms,
        {name: ns for name, ns in bounds.items() if ns is not None},
        {"": result.latency_low, **{one.name: one.latency_low for one in several}},
        {"": result.latency_high, **{one.name: one.latency_high for one in several}},
        result.own_lateness if load.is_open else Histogram(),
        result.server.max_rss_bytes if result.server else 0,
    )


def with_beyond(measured: Measured, values_ns: Mapping[str, Mapping[str, int]]) -> Burst:
    """With how many of its requests lie beyond `values_ns`, of all ("") and of a class."""

    def counted(name: str, latency: Latencies) -> Latencies:
        histogram = measured.histograms[name]
        beyond = {
            quantile: histogram.count_above_ns(value)
            for quantile, value in values_ns.get(name, {}).items()
        }
        return replace(latency, beyond={name: many for name, many in beyond.items() if many})

    burst = measured.burst
    classes = {name: counted(name, latency) for name, latency in burst.classes.items()}
    return replace(burst, latency=counted("", burst.latency), classes=classes)


def _latencies(histogram: Histogram, completed: int) -> Latencies:
    return Latencies(histogram.count, quantiles_of(histogram), completed=completed)
