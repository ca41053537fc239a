"""The summary of one trial for people: `contend load` on a terminal or in a pipe.

A pure function of the result document; the lines carry styles that a pipe drops, and are no wider
than 80 columns but for names and reasons.
"""

from collections.abc import Mapping

from msgspec import UnsetType
from rich.text import Text

from contend.durations import S_NS, format_ns, three_digits
from contend.reports import foreign, timing_rows
from contend.reports.timing_rows import ABSENT, LABEL
from contend.stats.stationarity import Stationarity
from contend.stats.within_trial import WithinTrial
from contend.trials.address import Endpoint
from contend.trials.document import (
    CLIENT_BOUND,
    OVERLOADED_SHARE,
    PARTLY_VALID,
    VALID,
    LoadDocument,
    ServerFigures,
    Timings,
    stage_name,
)

_MIB = 1024 * 1024
# How long Linux delays an acknowledgement at least, and a little more.
_DELAYED_ACK_NS = (40_000_000, 46_000_000)
_BYTE_UNITS = (("GB/s", 1e9), ("MB/s", 1e6), ("kB/s", 1e3), ("B/s", 1.0))


def summary(
    document: LoadDocument,
    endpoint: Endpoint | None = None,
    lowest: Mapping[str, int] | None = None,
    stopped: bool = False,
    verbose: bool = False,
) -> list[Text]:
    """`lowest`: the lowest lower bound among the latencies of all requests (under "") and of each
    class; a quantile from there on is a lower bound itself, and printed with ≥. `verbose` adds the
    statistics of tests.
    """
    lowest = lowest or {}
    lines = [_headline(document, endpoint), *_setting(document, stopped), Text()]
    lines += _rates(document)
    lines += [Text(), *_timings(document, lowest.get(""))]
    if document.within_trial:
        lines += [Text(), *_within(document, document.within_trial, verbose)]
    if document.classes:
        lines += [Text(), *_classes(document, lowest)]
    if document.stages:
        lines += [Text(), *_stages(document, lowest)]
    lines += [Text(), *_usage(document), *_disturbed(document), *_validity(document)]
    return [*lines, *_hints(document)]


def row(label: str, value: str, style: str = "") -> Text:
    return Text.assemble((label.ljust(LABEL), "dim"), (value, style))


def _headline(document: LoadDocument, endpoint: Endpoint | None) -> Text:
    line = Text(foreign.on_terminal(document.target), style="bold")
    if endpoint:
        others = [one for one in endpoint.addresses if one != endpoint.address]
        also = f", also {', '.join(others)}" if others else ""
        line.append(f"  at {endpoint.address}{also}", style="not bold dim")
    return line


def _setting(document: LoadDocument, stopped: bool) -> list[Text]:
    arrivals = document.arrivals
    if arrivals.rate_per_s is None:
        loop = "closed loop: each connection sends again after its response"
    elif arrivals.recording:
        recording = foreign.on_terminal(arrivals.recording)
        loop = f"open loop: at the times of {recording}, {three_digits(arrivals.rate_per_s)}/s"
    else:
        stages = f", then {_count(len(arrivals.stages), 'stage')}" if arrivals.stages else ""
        rate = three_digits(arrivals.rate_per_s)
        loop = f"open loop: {rate} requests/s, {arrivals.kind}{stages}"
    warmup = (
        f"after {format_ns(document.warmup_ns)} of warm-up"
        if document.warmup_ns
        else "without warm-up"
    )
    end = ", interrupted" if stopped else ""
    threads = f", {document.threads} threads" if document.threads > 1 else ""
    kept = "" if document.keep_alive else ", one a request"
    connections = f"{document.connections} connection{'s' if document.connections != 1 else ''}"
    measured = f"{format_ns(document.duration_ns)} measured"
    return [Text(loop), Text(f"{connections}{kept}{threads}; {measured} {warmup}{end}")]


def _rates(document: LoadDocument) -> list[Text]:
    requests = document.requests
    goodput = (
        ABSENT if document.goodput_per_s is None else f"{three_digits(document.goodput_per_s)}/s"
    )
    said = f"{goodput}, {_bytes(document)}  ({requests.ok:,} of {requests.scheduled:,} requests ok)"
    lines = [row("goodput", said)]
    if requests.errors:
        share = f"{100 * document.error_rate:.3g}%"
        lines.append(row("errors", f"{share}  ({causes(document)})", "red"))
    if requests.resent:
        lines.append(row("resent", f"{requests.resent:,} after an idle connection was closed"))
    if document.unasked_responses:
        said = f"{document.unasked_responses:,} responses that nobody asked for"
        lines.append(row("unasked", f"{said}: each ended its connection", "yellow"))
    asked = requests.scheduled * S_NS / document.duration_ns if document.duration_ns else 0
    if document.arrivals.is_open and (document.goodput_per_s or 0) < OVERLOADED_SHARE * asked:
        share = f"{(document.goodput_per_s or 0) / asked:.2f}"
        lines.append(row("overloaded", f"goodput is {share} of the rate that was asked", "yellow"))
    return lines


def _bytes(document: LoadDocument) -> str:
    if not document.duration_ns:
        return ABSENT
    per_s = document.bytes_received * S_NS / document.duration_ns
    name, unit = next((one for one in _BYTE_UNITS if per_s >= one[1]), _BYTE_UNITS[-1])
    return f"{three_digits(per_s / unit)} {name}"


def causes(document: LoadDocument) -> str:
    """Every way not to end well that occurred, with its count; a wrong status by its number."""
    counts = document.requests.causes
    if document.wrong_statuses:
        counts.pop("status")
        counts |= {f"status {code}": many for code, many in document.wrong_statuses.items()}
    return ", ".join(f"{count:,} {cause}" for cause, count in counts.items() if count)


def _timings(document: LoadDocument, lowest_ns: int | None) -> list[Text]:
    lines = [Text(timing_rows.heads(), style="dim")]
    if not document.arrivals.is_open:
        return [*lines, Text(timing_rows.row("closed-loop", document.latency, lowest_ns))]
    lines += [
        Text(timing_rows.row("latency", document.latency, lowest_ns), style="bold"),
        Text(timing_rows.row("service", document.service_time)),
        Text(timing_rows.row("send lag", document.send_lag)),
    ]
    if document.own_lateness is not None:
        lines.append(Text(timing_rows.row("own late", document.own_lateness)))
    if document.receive_lag is not None:
        lines.append(Text(timing_rows.row("receive lag", document.receive_lag)))
    if share := document.client_excluded:
        said = timing_rows.share_row("client's out", share, document.latency)
        lines.append(Text(said, style="dim"))
    return lines


def _within(document: LoadDocument, found: WithinTrial, verbose: bool) -> list[Text]:
    """How well the mean, p50 and p99 are known, or why they aren't."""
    known = []
    reasons: dict[str, list[str]] = {}
    for figure in ("mean_ns", "p50_ns", "p90_ns", "p99_ns"):
        name = figure.removesuffix("_ns")
        interval = found.intervals[figure]
        if interval is None:
            reasons.setdefault(found.none_because[figure], []).append(name)
        elif (value := getattr(document.latency, figure)) is not None:
            known.append(f"{name} {format_ns(value)} ± {_percent(interval.half_width)}")
    lines = [
        row("" if at else "95% interval", ", ".join(known[at : at + 2]))
        for at in range(0, len(known), 2)
    ]
    for why, names in reasons.items():
        lines.append(row("no interval", f"{', '.join(names)}: {why}"))
    return [*lines, *_stationarity(document, found.stationarity, verbose)]


def _stationarity(document: LoadDocument, found: Stationarity, verbose: bool) -> list[Text]:
    """A word where latencies changed while they were measured."""
    z = "" if found.geweke_z is None or not verbose else f" (Geweke z {found.geweke_z:.1f})"
    if found.is_stationary is None:
        said = "can't be told: measured for too short a time"
        return [row("stationary", said)] if verbose else []
    if found.is_stationary:
        return [row("stationary", f"yes{z}")] if verbose else []
    said = f"no{z}: latencies changed while they were measured"
    if found.settled_after_ns is not None:
        longer = format_ns(document.warmup_ns + found.settled_after_ns)
        said += (
            f", and settled after {format_ns(found.settled_after_ns)}; try a warm-up of {longer}"
        )
    return [row("stationary", said, "yellow")]


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%" if share < 0.1 else f"{share:.0%}"


def _classes(document: LoadDocument, lowest: Mapping[str, int]) -> list[Text]:
    classes = document.classes or ()
    width = max(LABEL, *(len(foreign.on_terminal(one.name)) + 2 for one in classes))
    lines = [Text(timing_rows.class_heads(width), style="dim")]
    for one in classes:
        cells = (
            f"{one.share:.1%}",
            f"{one.requests.ok:,}",
            f"{one.requests.errors:,}",
            timing_rows.quantile(one.latency, "p50_ns", lowest.get(one.name)),
            timing_rows.quantile(one.latency, "p99_ns", lowest.get(one.name)),
        )
        name = foreign.on_terminal(one.name).ljust(width)
        lines.append(Text(name + "".join(cell.rjust(10) for cell in cells)))
    return lines


def _stages(document: LoadDocument, lowest: Mapping[str, int]) -> list[Text]:
    lines = [Text(timing_rows.stage_heads(), style="dim")]
    for at, one in enumerate(document.stages or ()):
        ends = (one.from_rate_per_s, one.to_rate_per_s)
        rate = "-".join(dict.fromkeys(three_digits(end) for end in ends))
        lower = lowest.get(stage_name(at))
        cells = (
            format_ns(one.length_ns),
            f"{one.requests.ok:,}",
            f"{one.requests.errors:,}",
            ABSENT if one.goodput_per_s is None else f"{three_digits(one.goodput_per_s)}/s",
            timing_rows.quantile(one.latency, "p50_ns", lower),
            timing_rows.quantile(one.latency, "p99_ns", lower),
        )
        lines.append(Text(f"{rate}/s".ljust(LABEL) + "".join(cell.rjust(10) for cell in cells)))
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def _usage(document: LoadDocument) -> list[Text]:
    generator = document.generator
    share = _share(generator.cpu_ns, document.duration_ns)
    each = _each(generator.cpu_ns_per_request)
    memory = f"{generator.max_rss_bytes / _MIB:.0f} MiB"
    lines = [row("generator", f"{share}{each}, {memory}")]
    if document.arrivals.is_open:
        lines.append(row("pacing", f"{document.pacing}: {_pacing(generator.poll_window_ns)}"))
    if document.handshake_time and document.handshake_time.count:
        lines.append(row("TLS", _handshakes(document.handshake_time, document.handshakes_resumed)))
    if document.server is not None:
        lines.append(row("server", _server(document.server, document.duration_ns)))
    return lines


def _handshakes(time: Timings, resumed: int | UnsetType) -> str:
    said = f"{_count(time.count, 'handshake')}, p50 {format_ns(time.p50_ns or 0)}"
    return f"{said}, {resumed:,} resumed" if resumed else said


def _pacing(window_ns: int | None) -> str:
    if window_ns is None:
        return "polled always"
    if window_ns == 0:
        return "slept until each send"
    return f"slept until {format_ns(window_ns)} before each send, then polled"


def _server(server: ServerFigures, duration_ns: int) -> str:
    threads = f"{server.max_threads} thread{'s' if server.max_threads != 1 else ''}"
    memory = f"{server.max_rss_bytes / _MIB:.0f} MiB"
    each = _each(server.cpu_ns_per_request)
    return f"{_share(server.cpu_ns, duration_ns)}{each}, {memory}, {threads}"


def _share(cpu_ns: int, duration_ns: int) -> str:
    return f"{cpu_ns / duration_ns:.0%} of a core" if duration_ns else ABSENT


def _each(cpu_ns_per_request: int | None) -> str:
    return "" if cpu_ns_per_request is None else f", {format_ns(cpu_ns_per_request)}/request"


def _disturbed(document: LoadDocument) -> list[Text]:
    if not document.disturbed or not document.requests.scheduled:
        return []
    share = f"{100 * document.disturbed / document.requests.scheduled:.2g}%"
    said = f"{document.disturbed:,} requests ({share}) by more than 50 µs: late sends before them"
    return [row("disturbed", said, "dim")]


def _validity(document: LoadDocument) -> list[Text]:
    validity = document.validity
    said = foreign.on_terminal("; ".join(validity.words))
    style = {VALID: "green", PARTLY_VALID: "yellow"}.get(validity.verdict, "bold red")
    lines = [row("validity", f"{validity.verdict}{f': {said}' if said else ''}", style)]
    if validity.verdict == CLIENT_BOUND and document.arrivals.is_open:
        lines.append(row("", "try --pin with a core of its own, or a quieter machine"))
    return lines


def _hints(document: LoadDocument) -> list[Text]:
    p50_ns = document.service_time.p50_ns
    if p50_ns is None or not _DELAYED_ACK_NS[0] <= p50_ns <= _DELAYED_ACK_NS[1]:
        return []
    return [
        row(
            "hint",
            "a p50 just above 40 ms is often no work but a wait: a response in two",
            "yellow",
        ),
        row("", "writes, Nagle's algorithm and a delayed acknowledgement; try one write,"),
        row("", "or TCP_NODELAY in the server"),
    ]
