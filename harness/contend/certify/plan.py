"""What `contend certify` measures, and for how long. Pure values.

The laws at two rates are held against the oracle request by request; the queues also against the
quantiles of the same trace, and against the closed form where the trace is long enough.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from contend.certify.oracle import OracleRules
from contend.durations import S_NS
from contend.stats.queues import erlang_b, md1_quantile, mm1_quantile, mmc_quantile, stall_quantile

RATES = (500, 5_000)
LOADS = (0.5, 0.8)
# As they queue up: a request that waits for a connection is as right, but lags.
CONNECTIONS = 256
STALL_CONNECTIONS = 1_024

_MS = 1_000_000.0
_LOSS_SERVERS, _LOSS_OFFERED = 10, 8.0
_LOSS_RATE = 800
_STALL_S, _STALL_PERIOD_S, _STALL_SERVICE_S = 0.1, 1.0, 25e-6


@dataclass(frozen=True)
class Scale:
    """How long each kind of trial lasts, in seconds."""

    name: str
    base: float
    law: dict[int, float]  # by rate
    queue: float
    ceiling: float
    probe: float
    warmup: float

    @property
    def warmup_ns(self) -> int:
        return round(self.warmup * S_NS)


# `full` has 150,000 requests of the laws at 500/s, some of which a gap sets apart, and 100,000 of
# each law at 5,000/s.
SCALES = {
    scale.name: scale
    for scale in (
        Scale("quick", 1.5, {500: 2.0, 5_000: 1.0}, 2.0, 0.5, 0.5, 0.3),
        Scale("standard", 4.0, {500: 10.0, 5_000: 5.0}, 10.0, 1.0, 2.0, 0.5),
        Scale("full", 20.0, {500: 60.0, 5_000: 20.0}, 60.0, 2.0, 5.0, 1.0),
    )
}


@dataclass(frozen=True)
class OracleTrial:
    """A trial against the oracle. `closed_form_ns` gives a quantile of the latency where theory
    has it, `blocked` the share of requests that are refused."""

    kind: str  # base, law, queue or loss
    name: str
    rate_per_s: int
    arrivals: str
    rules: OracleRules
    seconds: float
    connections: int = CONNECTIONS
    closed_form_ns: Callable[[float], float] | None = None
    blocked: float | None = None

    @property
    def duration_ns(self) -> int:
        return round(self.seconds * S_NS)


def plan(scale: Scale) -> list[OracleTrial]:
    """The base comes before the laws that it is taken from."""
    trials = []
    for rate in RATES:
        trials += [_base(scale, rate), *_laws(scale, rate)]
    for load in LOADS:
        trials += _queues(scale, load)
    return [*trials, _loss(scale)]


def seconds(scale: Scale) -> float:
    """What the trials measure, without starts and warm-ups."""
    return sum(trial.seconds for trial in plan(scale))


def _base(scale: Scale, rate: int) -> OracleTrial:
    rules = OracleRules(service="0s")
    return OracleTrial("base", f"oracle/instant/{rate}", rate, "poisson", rules, scale.base)


def _laws(scale: Scale, rate: int) -> list[OracleTrial]:
    """Each keeps the server busy half of the time, but for the stall."""
    mean_us = 500_000 / rate
    laws = {
        "fixed": ("constant", f"{mean_us:g}us"),
        "deterministic": ("poisson", f"{mean_us:g}us"),
        "exponential": ("poisson", f"exp({mean_us:g}us)"),
        "bimodal": ("poisson", f"bimodal({mean_us / 2:g}us,{mean_us * 3:g}us,0.2)"),
    }
    trials = [
        OracleTrial(
            *("law", f"oracle/{law}/{rate}", rate, arrivals),
            OracleRules(service=service),
            scale.law[rate],
        )
        for law, (arrivals, service) in laws.items()
    ]
    stall = OracleRules(service="25us", frozen="100ms", period="1s")
    load = rate * _STALL_SERVICE_S
    return [
        *trials,
        OracleTrial(
            *("law", f"oracle/stall/{rate}", rate, "poisson", stall, scale.law[rate]),
            connections=STALL_CONNECTIONS,
            closed_form_ns=partial(_stall_ns, load),
        ),
    ]


def _queues(scale: Scale, load: float) -> list[OracleTrial]:
    """Service takes 1 ms on average."""
    exponential = OracleRules(service="exp(1ms)")
    fixed = OracleRules(service="1ms")
    pair = OracleRules(service="exp(1ms)", servers=2)
    one, two = round(1000 * load), round(2000 * load)
    return [
        OracleTrial(
            *("queue", f"queue/{name}/{load:g}", rate, "poisson", rules, scale.queue),
            closed_form_ns=partial(_queue_ns, closed_form),
        )
        for name, rate, rules, closed_form in (
            ("M/M/1", one, exponential, partial(mm1_quantile, load)),
            ("M/D/1", one, fixed, partial(md1_quantile, load)),
            ("M/M/2", two, pair, partial(mmc_quantile, 2, load)),
        )
    ]


def _loss(scale: Scale) -> OracleTrial:
    rules = OracleRules(service="exp(10ms)", servers=_LOSS_SERVERS, limit=_LOSS_SERVERS)
    return OracleTrial(
        *("loss", "queue/M/M/10/10/0.8", _LOSS_RATE, "poisson", rules, scale.queue),
        blocked=erlang_b(_LOSS_SERVERS, _LOSS_OFFERED),
    )


def _stall_ns(load: float, quantile: float) -> float:
    return stall_quantile(_STALL_S, _STALL_PERIOD_S, load, quantile) * S_NS


def _queue_ns(closed_form: Callable[[float], float], quantile: float) -> float:
    return closed_form(quantile) * _MS
