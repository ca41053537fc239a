"""The summary of one trial for people: `contend load` on a terminal or in a pipe.

A pure function of the result document; the lines carry styles that a pipe drops.
"""

from collections.abc import Mapping, Sequence

from rich.text import Text

from contend.durations import S_NS, format_ns, three_digits
from contend.reports import foreign
from contend.stats.stationarity import Stationarity
from contend.stats.within_trial import WithinTrial
from contend.trials.document import (
    OVERLOADED_SHARE,
    QUANTILES,
    ClientShare,
    LoadDocument,
    Requests,
    ServerFigures,
    Timings,
)

ABSENT = "-"
_MIB = 1024 * 1024
# Of a histogram of 3 digits: a difference of two of its values that is smaller says nothing.
_STEPS = 500
_LABEL = 14
_COLUMN = 10


def summary(
    document: LoadDocument,
    addresses: Sequence[str] = (),
    lowest: Mapping[str, int] | None = None,
    stopped: bool = False,
) -> list[Text]:
    """`lowest`: the lowest lower bound among the latencies of all requests (under "") and of each
    class; a quantile from there on is a lower bound itself, and printed with ≥.
    """
    lowest = lowest or {}
    lines = [_headline(document, addresses), _setting(document, stopped), Text()]
    lines += _rates(document)
    lines += [Text(), *_timings(document, lowest.get(""))]
    if document.within_trial:
        lines += [Text(), *_within(document, document.within_trial)]
    if document.classes:
        lines += [Text(), *_classes(document, lowest)]
    lines += [Text(), *_usage(document), *_validity(document)]
    return lines


def _headline(document: LoadDocument, addresses: Sequence[str]) -> Text:
    line = Text(foreign.on_terminal(document.target), style="bold")
    if addresses:
        used, *others = addresses
        also = f", also {', '.join(others)}" if others else ""
        line.append(f"  at {used}{also}", style="not bold dim")
    return line


def _setting(document: LoadDocument, stopped: bool) -> Text:
    arrivals = document.arrivals
    if arrivals.rate_per_s is None:
        loop = "closed loop: each connection sends again after its response"
    else:
        loop = f"open loop: {three_digits(arrivals.rate_per_s)} requests/s, {arrivals.kind}"
    threads = "1 thread" if document.threads == 1 else f"{document.threads} threads"
    connections = f"{document.connections} connection{'s' if document.connections != 1 else ''}"
    warmup = (
        f"after {format_ns(document.warmup_ns)} of warm-up"
        if document.warmup_ns
        else "without warm-up"
    )
    end = ", interrupted" if stopped else ""
    measured = f"{format_ns(document.duration_ns)} measured"
    return Text(f"{loop}; {connections}, {threads}; {measured} {warmup}{end}")


def _rates(document: LoadDocument) -> list[Text]:
    requests = document.requests
    goodput = (
        ABSENT if document.goodput_per_s is None else f"{three_digits(document.goodput_per_s)}/s"
    )
    lines = [
        _row("goodput", f"{goodput}  ({requests.ok:,} of {requests.scheduled:,} requests ok)"),
    ]
    if requests.errors:
        share = f"{100 * document.error_rate:.3g}%"
        lines.append(_row("errors", f"{share}  ({causes(requests)})", "red"))
    if requests.resent:
        lines.append(_row("resent", f"{requests.resent:,} after an idle connection was closed"))
    asked = requests.scheduled * S_NS / document.duration_ns if document.duration_ns else 0
    if document.arrivals.is_open and (document.goodput_per_s or 0) < OVERLOADED_SHARE * asked:
        share = f"{(document.goodput_per_s or 0) / asked:.2f}"
        lines.append(_row("overloaded", f"goodput is {share} of the rate that was asked", "yellow"))
    return lines


def causes(requests: Requests) -> str:
    """Every way not to end well that occurred, with its count."""
    counts = {
        "timeout": requests.timeout,
        "shed": requests.shed,
        "unfinished": requests.unfinished,
        **requests.failed,
    }
    return ", ".join(f"{count:,} {cause}" for cause, count in counts.items() if count)


def _timings(document: LoadDocument, lowest_ns: int | None) -> list[Text]:
    heads = ["mean", *(name.removesuffix("_ns").replace("_", ".") for name in QUANTILES), "max"]
    header = Text(" " * _LABEL + "".join(head.rjust(_COLUMN) for head in heads), style="dim")
    closed = not document.arrivals.is_open
    rows = [("closed-loop" if closed else "latency", document.latency, lowest_ns)]
    if not closed:
        rows += [
            ("service time", document.service_time, None),
            ("send lag", document.send_lag, None),
        ]
        if document.own_lateness is not None:
            rows.append(("own lateness", document.own_lateness, None))
        if document.receive_lag is not None:
            rows.append(("receive lag", document.receive_lag, None))
    lines = [header]
    for label, timings, lowest in rows:
        lines.append(
            _row(label, "".join(v.rjust(_COLUMN) for v in quantile_cells(timings, lowest)))
        )
    if document.client_excluded:
        lines.append(_client_excluded(document.latency, document.client_excluded))
    return lines


def _client_excluded(latency: Timings, share: ClientShare) -> Text:
    """What the generator's own wake-up would have added to each figure of the latency."""
    cells = []
    for name in ("mean_ns", *QUANTILES, "max_ns"):
        whole_ns: int | None = getattr(latency, name)
        share_ns: int = getattr(share, name)
        if whole_ns is None or (name in QUANTILES and not _is_resolved(latency, name)):
            cells.append(ABSENT)
        elif share_ns * _STEPS < whole_ns:
            cells.append(f"<{100 / _STEPS:.2g}%")
        else:
            cells.append(format_ns(share_ns))
    return _row("client's, out", "".join(cell.rjust(_COLUMN) for cell in cells), "dim")


def quantile_cells(timings: Timings, lowest_ns: int | None) -> list[str]:
    """Mean, quantiles and maximum; a dash for a quantile with no sample beyond it."""
    bounded = lowest_ns is not None and timings.lower_bounds > 0
    cells = [_quantile_cell(timings, name, lowest_ns) for name in QUANTILES]
    return [_bounded(timings.mean_ns, bounded), *cells, bound_text(timings.max_ns, lowest_ns)]


def _quantile_cell(timings: Timings, name: str, lowest_ns: int | None) -> str:
    value: int | None = getattr(timings, name)
    return bound_text(value, lowest_ns) if _is_resolved(timings, name) else ABSENT


def _is_resolved(timings: Timings, name: str) -> bool:
    return timings.count >= round(1 / (1 - QUANTILES[name]))


def bound_text(value_ns: int | None, lowest_ns: int | None) -> str:
    """A quantile, with ≥ where it falls among lower bounds."""
    return _bounded(
        value_ns, value_ns is not None and lowest_ns is not None and value_ns >= lowest_ns
    )


def _bounded(value_ns: int | None, bounded: bool) -> str:
    if value_ns is None:
        return ABSENT
    return f"≥{format_ns(value_ns)}" if bounded else format_ns(value_ns)


def _within(document: LoadDocument, found: WithinTrial) -> list[Text]:
    """How well the mean, p50 and p99 are known, or why they aren't."""
    known = []
    reasons: dict[str, list[str]] = {}
    for figure in ("mean_ns", "p50_ns", "p99_ns"):
        name = figure.removesuffix("_ns")
        interval = found.intervals[figure]
        if interval is None:
            reasons.setdefault(found.none_because[figure], []).append(name)
        else:
            value: int | None = getattr(document.latency, figure)
            known.append(f"{name} {bound_text(value, None)} ± {_percent(interval.half_width)}")
    lines = []
    if known:
        lines.append(_row("interval", f"{', '.join(known)} (within this trial)"))
    for why, names in reasons.items():
        lines.append(_row("no interval", f"{', '.join(names)}: {why}"))
    return [*lines, _stationarity(document, found.stationarity)]


def _stationarity(document: LoadDocument, found: Stationarity) -> Text:
    z = "" if found.geweke_z is None else f" (Geweke z {found.geweke_z:.1f})"
    if found.is_stationary is None:
        return _row("stationary", "can't be told: measured for too short a time")
    if found.is_stationary:
        return _row("stationary", f"yes{z}")
    said = f"no{z}: latencies changed while they were measured"
    if found.settled_after_ns is not None:
        longer = format_ns(document.warmup_ns + found.settled_after_ns)
        said += (
            f", and settled after {format_ns(found.settled_after_ns)}; try a warm-up of {longer}"
        )
    return _row("stationary", said, "yellow")


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%" if share < 0.1 else f"{share:.0%}"


def _classes(document: LoadDocument, lowest: Mapping[str, int]) -> list[Text]:
    if not document.classes:
        return []
    width = max(_LABEL, *(len(foreign.on_terminal(one.name)) + 2 for one in document.classes))
    heads = ("share", "ok", "errors", "p50", "p99")
    lines = [Text(" " * width + "".join(head.rjust(_COLUMN) for head in heads), style="dim")]
    for one in document.classes:
        cells = (
            f"{one.share:.1%}",
            f"{one.requests.ok:,}",
            f"{one.requests.errors:,}",
            _quantile_cell(one.latency, "p50_ns", lowest.get(one.name)),
            _quantile_cell(one.latency, "p99_ns", lowest.get(one.name)),
        )
        lines.append(
            Text(
                foreign.on_terminal(one.name).ljust(width)
                + "".join(cell.rjust(_COLUMN) for cell in cells)
            )
        )
    return lines


def _usage(document: LoadDocument) -> list[Text]:
    generator = document.generator
    share = _share(generator.cpu_ns, document.duration_ns)
    each = _each(generator.cpu_ns_per_request)
    memory = f"{generator.max_rss_bytes / _MIB:.0f} MiB"
    lines = [_row("generator", f"{share}{each}, {memory}")]
    if document.server is not None:
        lines.append(_row("server", _server(document.server, document.duration_ns)))
    return lines


def _server(server: ServerFigures, duration_ns: int) -> str:
    threads = f"{server.max_threads} thread{'s' if server.max_threads != 1 else ''}"
    memory = f"{server.max_rss_bytes / _MIB:.0f} MiB"
    each = _each(server.cpu_ns_per_request)
    return f"{_share(server.cpu_ns, duration_ns)}{each}, {memory}, {threads}"


def _share(cpu_ns: int, duration_ns: int) -> str:
    return f"{cpu_ns / duration_ns:.0%} of a core" if duration_ns else ABSENT


def _each(cpu_ns_per_request: int | None) -> str:
    return "" if cpu_ns_per_request is None else f", {format_ns(cpu_ns_per_request)}/request"


def _validity(document: LoadDocument) -> list[Text]:
    validity = document.validity
    reasons = f": {foreign.on_terminal('; '.join(validity.reasons))}" if validity.reasons else ""
    style = "green" if validity.is_valid else "bold red"
    lines = [_row("validity", f"{validity.verdict}{reasons}", style)]
    if validity.verdict == "client-bound" and document.arrivals.is_open:
        closer = {"sleep": "--pacing spin or busy, ", "spin": "--pacing busy, "}
        pacing = closer.get(document.pacing, "")
        lines.append(_row("", f"try {pacing}--pin with a core of its own, or a quieter machine"))
    return lines


def _row(label: str, value: str, style: str = "") -> Text:
    return Text.assemble((label.ljust(_LABEL), "dim"), (value, style))
