"""What a gate is asked to do: by its options, and by contend.toml for what they leave open."""

import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contend.cli.load_options import (
    host_header,
    parse_class,
    read_bodies,
    read_headers,
    request_classes,
)
from contend.cli.options import read
from contend.durations import S_NS, format_clock, some_time_ns
from contend.errors import UsageError
from contend.gate import config as config_file
from contend.gate.config import Config, parse_share, read_config
from contend.gate.decide import least_blocks
from contend.gate.figures import with_deltas
from contend.gate.run import looks_within, shortest_s
from contend.gate.settings import PORT, GateSettings
from contend.suites.request_class import Match, RequestClass
from contend.trials.address import parse_plain_url

_SECRET = re.compile(r"authorization|cookie|token|secret|key|password", re.IGNORECASE)
_HOSTS = ("127.0.0.1", "localhost")
# A gate whose time is just enough for its blocks has none for one that is dropped.
_ROOM = 1.5


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

    def command(self, config: Path | None) -> str:
        """That asks for the same. It is stored and shown: without values that are secret."""
        options = {
            "config": None if config is None else str(config),
            "candidate": self.candidate,
            "baseline": self.baseline,
            "url": self.url,
            "baseline-ref": self.baseline_ref,
            "build": self.build,
            "request": self.requests,
            "header": tuple(map(_without_secret, self.headers)),
            "body": self.body,
            "connections": self.connections,
            "rate": self.rate,
            "delta": self.deltas,
            "max-time": self.max_time,
            "seed": self.seed,
        }
        words = ["contend", "gate"]
        for name, value in options.items():
            for one in value if isinstance(value, tuple) else (value,):
                words += [] if one is None else [f"--{name}", str(one)]
        return shlex.join(words)


@dataclass(frozen=True)
class Asked:
    settings: GateSettings
    revision: str | None  # that the baseline is built from
    build: str | None
    again: str  # the command
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
        why = "is needed, and no contend.toml stands here" if config is None else "is needed"
        mend = f"contend init, or --candidate 'server --port {PORT}' --url URL"
        raise UsageError(missing, why, mend)
    # A baseline that the command names is not the file's, and needs no revision of it.
    of_file = server if flags.baseline is None else None
    revision = flags.baseline_ref or (of_file.baseline_ref if of_file else None)
    build = flags.build or (server.build if server and revision else None)
    baseline = flags.baseline or (server.baseline if server else None) or candidate
    if build is not None and revision is None:
        raise UsageError("--build", "it builds a revision, and none is named", "--baseline-ref REV")
    _check_places(baseline, candidate, url)
    gate = config.gate if config else config_file.GateTable()
    rate = parse_rate(flags.rate) if flags.rate is not None else gate.rate
    deltas = {name: parse_share(share) for name, share in gate.delta.items()}
    deltas |= dict(parse_deltas(flags.deltas))
    classes = _classes(flags, url, config)
    settings = GateSettings(
        baseline=baseline,
        candidate=candidate,
        url=url,
        classes=classes,
        matches=_matches(flags, config, len(classes)),
        figures=with_deltas(deltas),
        rate_per_s=rate,
        max_time_s=max_time_s(flags.max_time or gate.max_time),
        connections=flags.connections or gate.connections,
        seed=gate.seed if flags.seed is None else flags.seed,
        host=_host(flags, url),
        ready_timeout_s=some_time_ns(server.ready_timeout) / S_NS if server else 10.0,
    )
    return Asked(settings, revision, build, again=flags.command(path))


def _check_places(baseline: str, candidate: str, url: str) -> None:
    """Both are alive at the same time, so each needs a port of its own, on this machine."""
    for name, text in (("--candidate", candidate), ("--baseline", baseline), ("--url", url)):
        if PORT not in text:
            why = f"names no {PORT}: both sides are alive at once, each at a port of its own"
            raise UsageError(name, why, f"with {PORT}")
    host = parse_plain_url(url.replace(PORT, "1")).host
    if host not in _HOSTS:
        why = f"{host} is elsewhere: both sides run on this machine"
        raise UsageError("--url", why, f"http://127.0.0.1:{PORT}/")


def max_time_s(text: str) -> float:
    """Raises UsageError where no verdict could come so soon."""
    found = read("--max-time", some_time_ns, text) / S_NS
    if looks_within(found).most_blocks < least_blocks():
        blocks, least = least_blocks(), format_clock(shortest_s())
        why = (
            f"{text} is too short for any verdict: however few the figures, {blocks} blocks are "
            f"the least that can be sure, and they take {least}"
        )
        raise UsageError("--max-time", why, f"--max-time {math.ceil(_ROOM * shortest_s())}s")
    return found


def _classes(flags: Flags, url: str, config: Config | None) -> tuple[RequestClass, ...]:
    """Those of the options, else those of the file, else the URL itself."""
    parsed = parse_plain_url(url.replace(PORT, "1"))
    if config and config.request and not flags.requests:
        if flags.headers or flags.body is not None:
            without = "--header" if flags.headers else "--body"
            raise UsageError(without, "the file's requests have their own", "--request too")
        return tuple(one.request_class for one in config.request)
    given = [read("--request", parse_class, one) for one in flags.requests]
    headers = read_headers(flags.headers, given)
    bodies = read_bodies([] if flags.body is None else [flags.body], given)
    return request_classes(parsed, given, None, headers, bodies, 0, None)


def _matches(flags: Flags, config: Config | None, classes: int) -> tuple[Match, ...]:
    """As the file says where the classes are its own."""
    if config and config.request and not flags.requests:
        return tuple(one.match for one in config.request)
    byte_for_byte: Match = "bytes"
    return (byte_for_byte,) * classes


def _host(flags: Flags, url: str) -> str | None:
    """Where a header names it."""
    parsed = parse_plain_url(url.replace(PORT, "1"))
    given = [read("--request", parse_class, one) for one in flags.requests]
    found = host_header(parsed, read_headers(flags.headers, given))
    return None if found == parsed.host_header else found


def _without_secret(header: str) -> str:
    name, colon, _ = header.partition(":")
    return f"{name}: …" if colon and _SECRET.search(name) else header


def parse_rate(given: float | None) -> float | None:
    """Raises UsageError for what is no rate."""
    if given is not None and not 0 < given < 1e7:
        raise UsageError("--rate", f"{given} is no rate", "requests/s, above 0")
    return given


def parse_deltas(given: Sequence[str]) -> list[tuple[str, float]]:
    """Figures and what they may worsen by. Raises UsageError for what is no delta."""
    return [read("--delta", _delta, one) for one in given]


def _delta(text: str) -> tuple[str, float]:
    """`p99=20%`."""
    name, equals, share = text.partition("=")
    if not equals:
        raise ValueError(f"'{text}' is no delta: FIGURE=P%, such as p99=20%")
    found = parse_share(share)
    with_deltas({name: found})
    return name, found
