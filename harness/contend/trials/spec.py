"""Instructions for one run of the engine, made of whom is asked and how it is loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from contend import _engine
from contend.durations import S_NS
from contend.machine.cores import Cores
from contend.suites.load import Load
from contend.suites.request_class import RequestClass
from contend.trials.rate_stages import RateStage
from contend.trials.tls import Tls

Pacing = Literal["auto", "sleep", "spin", "busy"]


@dataclass(frozen=True)
class Asked:
    """Whom a trial asks, and for what."""

    target: str  # the URL that people are shown
    host_header: str
    address: str
    port: int
    classes: tuple[RequestClass, ...]
    protocol: str = "http1"
    protocol_options: Mapping[str, int] = field(default_factory=dict)
    server_pid: int = 0
    beside_pid: int = 0  # of what the server asks in its turn
    unix_path: str = ""  # of a socket of this machine, instead of address and port
    tls: Tls | None = None


@dataclass(frozen=True)
class TrialSpec(Asked):
    """Instructions for one execution; `rate_per_s` is None in closed loop."""

    arrivals: str = "closed"
    rate_per_s: float | None = None  # with stages where it starts; of a recording its mean
    stages: tuple[RateStage, ...] = ()
    recorded_ns: tuple[int, ...] = ()  # from the begin of the measure phase
    recording: str = ""  # the file that these are from
    think_ns: int = 0
    seed: int = 1
    connections: int = 64
    keep_alive: bool = True  # else each request has a connection of its own
    threads: int = 1
    cpus: tuple[int, ...] = ()
    pacing: Pacing = "auto"
    warmup_ns: int = S_NS
    duration_ns: int = 10 * S_NS
    max_requests: int = 0
    looks_ns: tuple[int, ...] = ()  # when progress is told the latencies so far
    timeout_ns: int = 5 * S_NS
    deadline_ns: int = 0
    connect_timeout_ns: int = 5 * S_NS
    max_queue: int = 1_000_000
    server_cores: int = 1
    shares_core: bool = False  # generator and server have one core between them

    @property
    def only_sleeps(self) -> bool:
        """Without a rate no send is paced, and polling would only have the generator look busy; on
        the server's core it would take the server's time."""
        return self.rate_per_s is None or self.shares_core


def spec_of(
    asked: Asked,
    load: Load,
    cores: Cores,
    *,
    seed: int = 1,
    pacing: Pacing = "auto",
    **timing: Any,
) -> TrialSpec:
    """`timing` has the lengths of TrialSpec that aren't to be its defaults.

    REQUIRES: a rate is known where the load has a utilisation.
    """
    return TrialSpec(
        **vars(asked),
        arrivals=load.arrivals,
        rate_per_s=load.rate_per_s,
        connections=load.connections,
        seed=seed,
        cpus=cores.generator,
        pacing=pacing,
        server_cores=len(cores.server),
        shares_core=cores.are_shared,
        **timing,
    )


def is_open_loop(arrivals: str) -> bool:
    """Whether this kind of arrivals goes by a rate. Raises ValueError that says what there is."""
    kinds = {name: is_open for name, _, is_open in _engine.arrival_kinds()}
    if arrivals not in kinds:
        raise ValueError(f"there are no arrivals '{arrivals}': {', '.join(kinds)}")
    return kinds[arrivals]


def engine_spec(spec: TrialSpec) -> _engine.TrialSpec:
    given = _engine.TrialSpec()
    given.host, given.address, given.port = spec.host_header, spec.address, spec.port
    given.classes = [_engine_class(request_class) for request_class in spec.classes]
    given.arrivals, given.protocol = spec.arrivals, spec.protocol
    given.protocol_options = dict(spec.protocol_options)
    given.rate_per_s = spec.rate_per_s or 0.0
    given.stages = [(one.length_ns, one.rate_per_s) for one in spec.stages]
    given.recorded_ns = list(spec.recorded_ns)
    given.unix_path = spec.unix_path
    given.tls = spec.tls.engine_options() if spec.tls else None
    given.cpus = list(spec.cpus)
    given.pacing = "sleep" if spec.only_sleeps else spec.pacing
    given.looks_ns = list(spec.looks_ns)
    for name in (
        *("think_ns", "seed", "connections", "keep_alive", "threads", "warmup_ns", "duration_ns"),
        *("max_requests", "timeout_ns", "deadline_ns", "connect_timeout_ns", "max_queue"),
        *("server_pid", "beside_pid"),
    ):
        setattr(given, name, getattr(spec, name))
    return given


def deck_size(classes: Sequence[RequestClass]) -> int:
    """After so many requests they have come in their shares; 1 where a server pushes some of
    itself, which nobody deals."""
    if any(one.pushed for one in classes):
        return 1
    return _engine.deck_size([_engine_class(one) for one in classes])


def _engine_class(request_class: RequestClass) -> _engine.RequestClass:
    given = _engine.RequestClass()
    given.headers = list(request_class.headers)
    given.cookies = list(request_class.cookies)
    for name in (
        *("name", "weight", "method", "path", "body"),
        *("expect_status", "expect_body", "is_drawn", "read_bytes_per_s", "pushed"),
    ):
        setattr(given, name, getattr(request_class, name))
    return given
