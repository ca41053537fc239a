"""What a gate is asked to do: by its options, and by contend.toml for what they leave open."""

from dataclasses import dataclass
from pathlib import Path

from contend.address import parse_url
from contend.cli.options import read
from contend.contract import Contract, request_classes
from contend.durations import S_NS, format_clock, some_time_ns
from contend.errors import UsageError
from contend.gate import config as config_file
from contend.gate.config import Config, parse_share, read_config
from contend.gate.decide import least_blocks
from contend.gate.figures import with_deltas
from contend.gate.run import BLOCK_S, looks_within
from contend.gate.settings import PORT, GateSettings
from contend.load_options import parse_class, parse_header, read_body
from contend.load_options import request_classes as given_classes
from contend.request_class import RequestClass


@dataclass(frozen=True)
class Flags:
    """As they were given; None or empty where they weren't."""

    candidate: str | None = None
    baseline: str | None = None
    url: str | None = None
    baseline_ref: str | None = None
    build: str | None = None
    requests: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    body: str | None = None
    connections: int | None = None
    rate: float | None = None
    deltas: tuple[str, ...] = ()
    max_time: str | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Asked:
    settings: GateSettings
    revision: str | None  # that the baseline is built from
    build: str | None
    candidate_revision: str | None = None  # where the candidate is a revision too


def asked_for(flags: Flags, path: Path | None) -> Asked:
    """Raises UsageError or SuiteError for what is missing or wrong."""
    if path is None and not config_file.FILE.is_file():
        config = None
    else:
        config = read_config(path or config_file.FILE)
    server = config.server if config else None
    candidate = flags.candidate or (server.candidate if server else None)
    url = flags.url or (server.url if server else None)
    if candidate is None or url is None:
        missing = "--candidate" if candidate is None else "--url"
        raise UsageError(missing, "is needed", f"--candidate 'server --port {PORT}' --url URL")
    revision = flags.baseline_ref or (server.baseline_ref if server else None)
    build = flags.build or (server.build if server else None)
    baseline = flags.baseline or (server.baseline if server else None) or candidate
    if build is not None and revision is None:
        raise UsageError("--build", "it builds a revision, and none is named", "--baseline-ref REV")
    if PORT in baseline + candidate and PORT not in url:
        raise UsageError("--url", f"names no {PORT}, and the commands do", f"with {PORT}")
    gate = config.gate if config else config_file.GateTable()
    rate = flags.rate if flags.rate is not None else gate.rate
    if rate is not None and not 0 < rate < 1e7:
        raise UsageError("--rate", f"{rate} is no rate", "requests/s, above 0")
    deltas = {name: parse_share(share) for name, share in gate.delta.items()}
    deltas |= dict(read("--delta", _delta, one) for one in flags.deltas)
    settings = GateSettings(
        baseline=baseline,
        candidate=candidate,
        url=url,
        classes=_classes(flags, url, config),
        figures=with_deltas(deltas),
        rate_per_s=rate,
        max_time_s=max_time_s(flags.max_time or gate.max_time),
        connections=flags.connections or gate.connections,
        seed=gate.seed if flags.seed is None else flags.seed,
    )
    return Asked(settings, revision, build)


def max_time_s(text: str) -> float:
    """Raises UsageError where no verdict could come so soon."""
    found = read("--max-time", some_time_ns, text) / S_NS
    if looks_within(found).most_blocks < least_blocks():
        least = format_clock(least_blocks() * BLOCK_S)
        why = f"{least_blocks()} blocks are the least that can be sure, and they take {least}"
        raise UsageError("--max-time", why, f"--max-time {round(least_blocks() * BLOCK_S)}s")
    return found


def _classes(flags: Flags, url: str, config: Config | None) -> tuple[RequestClass, ...]:
    """Those of the options, else those of the file, else the URL itself."""
    parsed = parse_url(url.replace(PORT, "1"))
    asked = flags.requests or flags.headers or flags.body is not None
    if config and config.request and not asked:
        return request_classes(Contract(title="contend.toml", request=config.request))
    given = [read("--request", parse_class, one) for one in flags.requests]
    headers = [read("--header", parse_header, one) for one in flags.headers]
    body = read("--body", read_body, flags.body) if flags.body is not None else b""
    return given_classes(parsed, given, None, headers, body, 0, None)


def _delta(text: str) -> tuple[str, float]:
    """`p99=20%`."""
    name, equals, share = text.partition("=")
    if not equals:
        raise ValueError(f"'{text}' is no delta: FIGURE=P%, such as p99=20%")
    found = parse_share(share)
    with_deltas({name: found})
    return name, found
