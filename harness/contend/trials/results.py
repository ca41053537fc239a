"""The result document of a trial, from what the engine gave. Pure."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET, UnsetType

from contend import _engine
from contend.durations import S_NS
from contend.machine.environment import Environment
from contend.stats.sub_batches import SubBatches
from contend.stats.within_trial import FIGURES, WithinTrial, within_trial
from contend.trials.brackets import Bracket, by_lateness, by_rank, of_mean
from contend.trials.document import (
    FAILURES,
    QUANTILES,
    SCHEMA,
    VALID,
    Arrivals,
    ClassFigures,
    ClientShare,
    GeneratorUsage,
    LoadDocument,
    Requests,
    ServerFigures,
    StageFigures,
    Timings,
    Validity,
    name_of,
    stage_name,
)
from contend.trials.rate_stages import ends_ns
from contend.trials.spec import TrialSpec
from contend.trials.stated import stated

_NAMED = {name_of(field): quantile for field, quantile in QUANTILES.items()}
_ALWAYS = 2**63 - 1


def document(
    spec: TrialSpec, result: _engine.TrialResult, verdict: Validity, environment: Environment
) -> LoadDocument:
    """Figures that the verdict withholds are null in it."""
    completed = result.completed_ok
    stamped = result.kernel_stamps and result.receive_lag.count > 0
    requests = requests_of(result.requests)
    found = LoadDocument(
        schema=SCHEMA,
        target=spec.target,
        arrivals=Arrivals(
            spec.arrivals,
            spec.rate_per_s,
            spec.seed,
            spec.stages or UNSET,
            spec.recording or UNSET,
        ),
        connections=spec.connections,
        threads=spec.threads,
        pacing=spec.pacing,
        duration_ns=result.duration_ns,
        warmup_ns=result.warmup_ns,
        validity=Validity(VALID),
        requests=requests,
        goodput_per_s=completed * S_NS / result.duration_ns if result.duration_ns else None,
        bytes_received=result.bytes_received,
        latency=timings(result.latency, requests.given_up),
        service_time=timings(result.service_time, result.service_time.count - requests.ok),
        send_lag=timings(result.send_lag),
        own_lateness=timings(result.own_lateness),
        disturbed=None if spec.rate_per_s is None else result.disturbed,
        receive_lag=timings(result.receive_lag) if stamped else None,
        completion_stamp="kernel" if stamped else "user",
        client_excluded=_client_share(result) if stamped else UNSET,
        wrong_statuses={str(status): many for status, many in result.wrong_statuses.items()},
        unasked_responses=result.unasked_responses,
        keep_alive=spec.keep_alive,
        connections_opened=result.connections_opened,
        connect_time=timings(result.connect_time),
        handshake_time=timings(result.handshake_time) if spec.tls else UNSET,
        handshakes_resumed=result.handshakes_resumed if spec.tls else UNSET,
        generator=GeneratorUsage(
            cpu_ns=result.generator_cpu_ns,
            cpu_ns_per_request=_each(result.generator_cpu_ns, completed),
            max_rss_bytes=result.generator_max_rss_bytes,
            poll_window_ns=None if result.poll_window_ns == _ALWAYS else result.poll_window_ns,
        ),
        server=_server_figures(result.server, completed),
        environment=environment,
        classes=_class_figures(result.classes),
        stages=_stage_figures(spec, result),
    )
    return stated(found, verdict)


def brackets_of(
    spec: TrialSpec, result: _engine.TrialResult, lost_share: float
) -> dict[str, Bracket]:
    """Of the latencies of all requests, and of each class where there are several; with the share
    of the time that the generator lost, which counts in the closed loop."""
    several = result.classes if len(result.classes) > 1 else []
    every: list[tuple[str, _engine.TrialResult | _engine.ClassResult | _engine.StageResult]]
    every = [("", result), *((f"{one.name}.", one) for one in several)]
    every += [(f"{name}.", one) for name, _, one in _lasting(spec, result)]
    found: dict[str, Bracket] = {}
    for prefix, one in every:
        of_it = (
            of_mean(one.latency, lost_share) | by_rank(one.latency, 2 * lost_share, _NAMED)
            if spec.rate_per_s is None
            else by_lateness(one.latency, one.latency_low, one.latency_high, _NAMED)
        )
        found |= {f"{prefix}{name}": bracket for name, bracket in of_it.items()}
    return found


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
    document: LoadDocument,
    series: SubBatches | None = None,
    waited_for: float | None = None,
) -> WithinTrial:
    """How well its latencies are known from the trial alone: from all of it, or from what the last
    look saw."""
    values_ns = {name: getattr(document.latency, name.replace(".", "_")) for name in FIGURES}
    series = series or sub_batches(result.latency_series)
    lowest_ns, withheld = result.lowest_lower_bound_ns, document.validity.withheld
    return within_trial(series, values_ns, lowest_ns, waited_for, withheld)


def lowest_lower_bounds(spec: TrialSpec, result: _engine.TrialResult) -> dict[str, int]:
    """The lowest lower bound among the latencies of all requests (under ""), of each class and of
    each stage, where there is one.
    """
    lowest: dict[str, int | None] = {one.name: one.lowest_lower_bound_ns for one in result.classes}
    lowest[""] = result.lowest_lower_bound_ns
    lowest |= {name: one.lowest_lower_bound_ns for name, _, one in _lasting(spec, result)}
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
        clamped=histogram.clamped,
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


def _stage_figures(
    spec: TrialSpec, result: _engine.TrialResult
) -> tuple[StageFigures, ...] | UnsetType:
    """Of a trial that was stopped, the last one that was begun is cut short."""
    figures = []
    begins_ns = [0, *ends_ns(spec.stages)]
    rates = [spec.rate_per_s or 0.0, *(one.rate_per_s for one in spec.stages)]
    for _, at, one in _lasting(spec, result):
        length_ns = min(spec.stages[at].length_ns, result.duration_ns - begins_ns[at])
        if length_ns > 0:
            requests = requests_of(one.requests)
            figures.append(
                StageFigures(
                    length_ns=length_ns,
                    from_rate_per_s=rates[at],
                    to_rate_per_s=rates[at + 1],
                    requests=requests,
                    goodput_per_s=one.completed_ok * S_NS / length_ns,
                    latency=timings(one.latency, requests.given_up),
                )
            )
    return tuple(figures) or UNSET


def _lasting(
    spec: TrialSpec, result: _engine.TrialResult
) -> Iterator[tuple[str, int, _engine.StageResult]]:
    """The stages that have a length, with their names and where they are in the spec."""
    lasting = [at for at, stage in enumerate(spec.stages) if stage.length_ns]
    for number, at in enumerate(lasting):
        yield stage_name(number), at, result.stages[at]


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
        end_rss_bytes=usage.end_rss_bytes,
    )


def _each(total_ns: int, count: int) -> int | None:
    return round(total_ns / count) if count else None
