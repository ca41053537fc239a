"""One trial: instructions for the engine, its run, and its result document.

The engine is passed in as a function, so that all of this is tested without a socket.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import UNSET, UnsetType

from contend import _engine
from contend.durations import S_NS
from contend.errors import TrialError
from contend.machine.environment import Environment
from contend.stats.sub_batches import SubBatches
from contend.stats.within_trial import FIGURES, WithinTrial, within_trial
from contend.suites.request_class import RequestClass
from contend.trials import validity
from contend.trials.document import (
    FAILURES,
    QUANTILES,
    SCHEMA,
    Arrivals,
    ClassFigures,
    ClientShare,
    GeneratorUsage,
    LoadDocument,
    Requests,
    ServerFigures,
    Timings,
    Validity,
)

Progress = Callable[[_engine.Progress], bool]
RunTrial = Callable[[_engine.TrialSpec, Progress | None], _engine.TrialResult]


@dataclass(frozen=True)
class TrialSpec:
    """Instructions for one execution; `rate_per_s` is None in closed loop."""

    target: str  # the URL that people are shown
    host_header: str
    address: str
    port: int
    classes: tuple[RequestClass, ...]
    protocol: str = "http1"
    protocol_options: Mapping[str, int] = field(default_factory=dict)
    arrivals: str = "closed"
    rate_per_s: float | None = None
    think_ns: int = 0
    seed: int = 1
    connections: int = 64
    threads: int = 1
    cpus: tuple[int, ...] = ()
    pacing: str = "sleep"
    warmup_ns: int = S_NS
    duration_ns: int = 10 * S_NS
    max_requests: int = 0
    looks_ns: tuple[int, ...] = ()  # when progress is told the latencies so far
    timeout_ns: int = 5 * S_NS
    deadline_ns: int = 0
    connect_timeout_ns: int = 5 * S_NS
    max_queue: int = 1_000_000
    server_pid: int = 0
    beside_pid: int = 0  # of what the server asks in its turn
    server_cores: int = 1
    shares_core: bool = False  # generator and server have one core between them


def is_open_loop(arrivals: str) -> bool:
    """Whether this kind of arrivals goes by a rate. Raises ValueError that says what there is."""
    kinds = {name: is_open for name, _, is_open in _engine.arrival_kinds()}
    if arrivals not in kinds:
        raise ValueError(f"there are no arrivals '{arrivals}': {', '.join(kinds)}")
    return kinds[arrivals]


def run(
    spec: TrialSpec,
    environment: Environment,
    progress: Progress | None = None,
    run_trial: RunTrial = _engine.run_trial,
) -> tuple[_engine.TrialResult, LoadDocument]:
    """Raises TrialError where the spec can't be run or the machine refuses."""
    try:
        result = run_trial(engine_spec(spec), progress)
    except ValueError as error:
        raise TrialError(spec.target, str(error), "other options") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise TrialError(spec.target, f"this machine refused: {why}", "less at once") from None
    verdict = validity.judge(result, setting_of(spec))
    return result, document(spec, result, verdict, environment)


def setting_of(spec: TrialSpec) -> validity.Setting:
    return validity.Setting(
        arrivals=spec.arrivals,
        rate_per_s=spec.rate_per_s,
        max_requests=spec.max_requests,
        server_cores=spec.server_cores,
        shares_core=spec.shares_core,
    )


def engine_spec(spec: TrialSpec) -> _engine.TrialSpec:
    given = _engine.TrialSpec()
    given.host, given.address, given.port = spec.host_header, spec.address, spec.port
    given.classes = [_engine_class(request_class) for request_class in spec.classes]
    given.arrivals, given.protocol = spec.arrivals, spec.protocol
    given.protocol_options = dict(spec.protocol_options)
    given.rate_per_s = spec.rate_per_s or 0.0
    given.cpus = list(spec.cpus)
    given.looks_ns = list(spec.looks_ns)
    for name in (
        *("think_ns", "seed", "connections", "threads", "pacing", "warmup_ns", "duration_ns"),
        *("max_requests", "timeout_ns", "deadline_ns", "connect_timeout_ns", "max_queue"),
        *("server_pid", "beside_pid"),
    ):
        setattr(given, name, getattr(spec, name))
    return given


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


def document(
    spec: TrialSpec, result: _engine.TrialResult, verdict: Validity, environment: Environment
) -> LoadDocument:
    completed = result.completed_ok
    stamped = result.kernel_stamps and result.receive_lag.count > 0
    requests = requests_of(result.requests)
    return LoadDocument(
        schema=SCHEMA,
        target=spec.target,
        arrivals=Arrivals(spec.arrivals, spec.rate_per_s, spec.seed),
        connections=spec.connections,
        threads=spec.threads,
        pacing=spec.pacing,
        duration_ns=result.duration_ns,
        warmup_ns=result.warmup_ns,
        validity=verdict,
        requests=requests,
        goodput_per_s=completed * S_NS / result.duration_ns if result.duration_ns else None,
        bytes_received=result.bytes_received,
        latency=timings(result.latency, requests.given_up),
        service_time=timings(result.service_time, result.service_time.count - requests.ok),
        send_lag=timings(result.send_lag),
        receive_lag=timings(result.receive_lag) if stamped else None,
        completion_stamp="kernel" if stamped else "user",
        client_excluded=_client_share(result) if stamped else UNSET,
        connections_opened=result.connections_opened,
        connect_time=timings(result.connect_time),
        generator=GeneratorUsage(
            cpu_ns=result.generator_cpu_ns,
            cpu_ns_per_request=_each(result.generator_cpu_ns, completed),
            max_rss_bytes=result.generator_max_rss_bytes,
        ),
        server=_server_figures(result.server, completed),
        environment=environment,
        classes=_class_figures(result.classes),
    )


def requests_of(counts: _engine.OutcomeCounts) -> Requests:
    return Requests(
        scheduled=counts.scheduled,
        ok=counts["ok"],
        timeout=counts["timeout"],
        shed=counts["shed"],
        unfinished=counts["unfinished"],
        resent=counts.resent,
        failed={cause: counts[cause] for cause in FAILURES},
    )


def sub_batches(series: _engine.LatencySeries) -> SubBatches:
    return SubBatches(series.counts, series.edges_ns, series.width_ns)


def known_within(
    result: _engine.TrialResult,
    latency: Timings,
    series: SubBatches | None = None,
    waited_for: float | None = None,
) -> WithinTrial:
    """How well the figures in `latency` are known from their trial alone: from all of it, or from
    what the last look saw."""
    values_ns = {name: getattr(latency, name.replace(".", "_")) for name in FIGURES}
    series = series or sub_batches(result.latency_series)
    return within_trial(series, values_ns, result.lowest_lower_bound_ns, waited_for)


def lowest_lower_bounds(result: _engine.TrialResult) -> dict[str, int]:
    """The lowest lower bound among the latencies of all requests (under "") and of each class,
    where there is one.
    """
    lowest = {one.name: one.lowest_lower_bound_ns for one in result.classes}
    lowest[""] = result.lowest_lower_bound_ns
    return {name: ns for name, ns in lowest.items() if ns is not None}


def timings(histogram: _engine.Histogram, lower_bounds: int = 0) -> Timings:
    """`lower_bounds` of the entries are the ages of requests that were given up: of all of those
    in latencies, of those that had been sent in service times."""
    count = histogram.count
    quantiles = {
        name: histogram.value_at_quantile_ns(quantile) if count else None
        for name, quantile in QUANTILES.items()
    }
    return Timings(
        count=count,
        min_ns=histogram.min_ns if count else None,
        mean_ns=round(histogram.mean_ns) if count else None,
        max_ns=histogram.max_ns if count else None,
        lower_bounds=lower_bounds,
        histogram=histogram.encode(),
        **quantiles,
    )


def _client_share(result: _engine.TrialResult) -> ClientShare:
    read, latency = result.latency_as_read, result.latency

    def excluded_ns(quantile: float) -> int:
        return read.value_at_quantile_ns(quantile) - latency.value_at_quantile_ns(quantile)

    return ClientShare(
        mean_ns=round(read.mean_ns - latency.mean_ns),
        max_ns=read.max_ns - latency.max_ns,
        **{name: excluded_ns(quantile) for name, quantile in QUANTILES.items()},
    )


def _class_figures(
    classes: Sequence[_engine.ClassResult],
) -> tuple[ClassFigures, ...] | UnsetType:
    if len(classes) < 2:
        return UNSET
    figures = []
    for one in classes:
        requests = requests_of(one.requests)
        latency = timings(one.latency, requests.given_up)
        service_time = timings(one.service_time, one.service_time.count - requests.ok)
        figures.append(ClassFigures(one.name, one.share, requests, latency, service_time))
    return tuple(figures)


def _server_figures(usage: _engine.ServerUsage | None, completed: int) -> ServerFigures | None:
    if usage is None:
        return None
    return ServerFigures(
        cpu_ns=usage.cpu_ns,
        cpu_ns_per_request=_each(usage.cpu_ns, completed),
        max_rss_bytes=usage.max_rss_bytes,
        max_threads=usage.max_threads,
        voluntary_switches=usage.voluntary_switches,
        involuntary_switches=usage.involuntary_switches,
        rss_growth_bytes=usage.rss_growth_bytes,
    )


def _each(total_ns: int, count: int) -> int | None:
    return round(total_ns / count) if count else None
