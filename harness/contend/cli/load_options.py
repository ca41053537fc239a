"""The options of `contend load` that need reading: bodies, headers, classes, arrivals, cores.

Readers of one option raise ValueError that says what is allowed; checks of several options together
raise UsageError.
"""

import math
import os
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from contend.cli.options import read
from contend.durations import S_NS, format_clock, parse_duration_ns, some_time_ns
from contend.errors import UsageError
from contend.machine.limits import shortage
from contend.suites.http_words import check_header, check_method, is_path, is_token
from contend.suites.request_class import RequestClass
from contend.trials.address import Url
from contend.trials.rate_stages import LOWEST_PER_S, RateStage, length_ns
from contend.trials.spec import Pacing, is_open_loop
from contend.trials.thresholds import Threshold
from contend.trials.tls import Tls

_CLASS = re.compile(r"(?:(?P<weight>\d+(?:\.\d+)?)%:)?(?P<method>[^\s:]+) (?P<path>/\S*)")
_LIKE_A_CLASS = re.compile(r"([A-Z]+ /[^\s=]*)=")
_PLAIN_NUMBER = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*")
_PACINGS = get_args(Pacing)
_BODYLESS = ("GET", "HEAD", "OPTIONS", "TRACE")
# Far beyond what can be sent, and few enough to be counted in the time that they are due in.
_MOST_PER_S = 10_000_000
_DEFAULT_NS = 10 * S_NS
_MOST_CPUS = 8192  # more than any kernel knows
# A histogram a second is kept by each thread and once for all, and is a mapping of memory of its
# own; Linux allows a process 65,530.
_MOST_SLICES = 50_000


def read_body(text: str) -> bytes:
    """S itself, or the bytes of @FILE."""
    if not text.startswith("@"):
        return text.encode()
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise ValueError(f"{text[1:]}: {error.strerror}") from None


def parse_header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not is_token(name):
        raise ValueError(f"{text!r} is no header: 'Name: value'")
    value = value.strip()
    if (name.lower(), value.lower()) == ("connection", "close"):
        raise ValueError("a connection for each request is what --no-keep-alive asks for")
    check_header(name, value)
    return name, value


def parse_method(text: str) -> str:
    check_method(text)
    return text


def parse_class(text: str) -> RequestClass:
    """`95%:GET /json`: a class with its weight; 0 where it has none."""
    found = _CLASS.fullmatch(text.strip())
    weight = float(found["weight"] or 0) if found else 0
    if not found or (found["weight"] and not 0 < weight <= 100) or not is_path(found["path"]):
        raise ValueError(f"'{text}' is no request class: 'W%:METHOD /path', such as '95%:GET /'")
    method = parse_method(found["method"])
    path = found["path"]
    return RequestClass(f"{method} {path}", weight, method, path)


def parse_time_ns(text: str) -> int:
    """A duration; a plain number is seconds."""
    return parse_duration_ns(f"{text}s" if _PLAIN_NUMBER.fullmatch(text) else text)


def parse_some_time_ns(text: str) -> int:
    return some_time_ns(f"{text}s" if _PLAIN_NUMBER.fullmatch(text) else text)


def parse_rate(text: str) -> float:
    """`500` or `500/s`."""
    try:
        return float(text.strip().removesuffix("/s"))
    except ValueError:
        raise ValueError(f"'{text}' is no rate: 500, or 500/s") from None


Headers = Sequence[tuple[str, tuple[str, str]]]  # each of a class by its name, or of all ("")
Bodies = Mapping[str, bytes]


def read_headers(texts: Sequence[str], classes: Sequence[RequestClass]) -> Headers:
    found = (_of_class(one, classes) for one in texts)
    return [(of, read("--header", parse_header, text)) for of, text in found]


def read_bodies(texts: Sequence[str], classes: Sequence[RequestClass]) -> Bodies:
    found: dict[str, bytes] = {}
    for one in texts:
        of, text = _of_class(one, classes)
        if of in found:
            raise UsageError("--body", f"given twice for {of or 'all'}", "one of them")
        found[of] = read("--body", read_body, text)
    return found


def _of_class(text: str, classes: Sequence[RequestClass]) -> tuple[str, str]:
    """`POST /orders=VALUE` is of that class, where there is one."""
    for one in classes:
        if text.startswith(f"{one.name}="):
            return one.name, text[len(one.name) + 1 :]
    if classes and (unknown := _LIKE_A_CLASS.match(text)):
        there = ", ".join(one.name for one in classes)
        raise UsageError(f"'{unknown[1]}=…'", "there is no such class", f"one of {there}")
    return "", text


def parse_cpus(text: str) -> tuple[int, ...]:
    """Cores as taskset writes them, 0,2-3, all of them allowed to this process."""
    cpus: list[int] = []
    for part in text.split(","):
        if not (found := re.fullmatch(r"(\d+)(?:-(\d+))?", part.strip())):
            raise ValueError(f"'{text}' names no cores: 0 or 0,2-3")
        first, last = int(found[1]), int(found[2] or found[1])
        cpus.extend(range(first, min(last, first + _MOST_CPUS) + 1))
    allowed = os.sched_getaffinity(0)
    if not cpus or (missing := sorted(set(cpus) - allowed)):
        here = ", ".join(map(str, sorted(allowed)))
        raise ValueError(f"core {missing[0] if cpus else text} can't be used: there are {here}")
    return tuple(dict.fromkeys(cpus))


def request_classes(
    url: Url,
    classes: list[RequestClass],
    method: str | None,
    headers: Headers,
    bodies: Bodies,
    expect_status: int,
    expect_body: bytes | None,
) -> tuple[RequestClass, ...]:
    """The classes that are asked for, or the one that the URL itself is. Headers and bodies are of
    all of them (""), or of one by its name."""
    body = bodies.get("", b"")
    if classes and method:
        raise UsageError("--method", "a request class has its own method", "without --method")
    if not classes:
        method = method or ("POST" if body else "GET")
        classes = [RequestClass(f"{method} {url.path}", 1.0, method, url.path)]
    names = [one.name for one in classes]
    if len(set(names)) < len(names):
        raise UsageError("--request", "a class is given twice", "one with both weights together")
    if len({one.weight > 0 for one in classes}) > 1:
        raise UsageError("--request", "some classes have a weight, some none", "a weight for all")

    def headers_of(name: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            header for of, header in headers if of in ("", name) and header[0].lower() != "host"
        )

    def body_of(one: RequestClass) -> bytes:
        return bodies.get(one.name, b"" if len(classes) > 1 and one.method in _BODYLESS else body)

    return tuple(
        RequestClass(
            name=one.name,
            weight=one.weight or 1.0,
            method=one.method,
            path=one.path,
            headers=headers_of(one.name),
            body=body_of(one),
            expect_status=expect_status,
            expect_body=expect_body,
        )
        for one in classes
    )


def host_header(url: Url, headers: Headers) -> str:
    """The URL's, unless a Host header was given."""
    given = [value for _, (name, value) in headers if name.lower() == "host"]
    return given[-1] if given else url.host_header


def arrivals(kind: str | None, rate_per_s: float | None, think: bool) -> str:
    """The arrival process: closed without a rate, else constant, unless another is asked for."""
    if rate_per_s is not None and not (math.isfinite(rate_per_s) and rate_per_s > 0):
        raise UsageError("--rate", f"{rate_per_s} is no rate above 0", "--rate 1000")
    if rate_per_s is not None and rate_per_s < LOWEST_PER_S:
        why = f"{rate_per_s:g} is less than {LOWEST_PER_S:g} requests/s"
        raise UsageError("--rate", why, "--rate 1000")
    if rate_per_s is not None and rate_per_s > _MOST_PER_S:
        why = f"{rate_per_s:g} is more than {_MOST_PER_S:,} requests/s"
        raise UsageError("--rate", why, "--rate 1000")
    if kind is None:
        kind = "closed" if rate_per_s is None else "constant"
    try:
        is_open = is_open_loop(kind)
    except ValueError as error:
        raise UsageError("--arrivals", str(error), "one of these") from None
    if is_open and rate_per_s is None:
        raise UsageError("--arrivals", f"{kind} arrivals need a rate", "--rate 1000")
    if not is_open and rate_per_s is not None:
        raise UsageError("--arrivals", f"{kind} arrivals have no rate", "without --rate")
    if is_open and think:
        raise UsageError("--think", f"{kind} arrivals wait for no response", "without --think")
    return kind


@dataclass(frozen=True)
class Timing:
    """When requests are meant to be sent, and for how long."""

    arrivals: str
    rate_per_s: float | None
    duration_ns: int
    stages: tuple[RateStage, ...] = ()
    recorded_ns: tuple[int, ...] = ()


def timing(
    kind: str | None,
    rate_per_s: float | None,
    think: bool,
    stages: tuple[RateStage, ...],
    recorded_ns: tuple[int, ...],
    duration_ns: int | None,
) -> Timing:
    if stages and recorded_ns:
        raise UsageError("--stages", "recorded times have their own rate", "without --replay")
    if recorded_ns:
        return _replayed(kind, rate_per_s, think, recorded_ns, duration_ns)
    if kind == "replay":
        raise UsageError("--arrivals", "replay arrivals need a file", "--replay FILE")
    if stages and rate_per_s is None:
        raise UsageError("--stages", "they need the rate that they start from", "--rate 100")
    if stages and duration_ns is not None:
        raise UsageError("--stages", "they say themselves how long it takes", "without --duration")
    kind = arrivals(kind, rate_per_s, think)
    if stages and kind not in ("constant", "poisson"):
        raise UsageError("--stages", f"{kind} arrivals have none", "constant or poisson ones")
    if stages:
        return Timing(kind, rate_per_s, length_ns(stages), stages)
    return Timing(kind, rate_per_s, _DEFAULT_NS if duration_ns is None else duration_ns)


def _replayed(
    kind: str | None,
    rate_per_s: float | None,
    think: bool,
    recorded_ns: tuple[int, ...],
    duration_ns: int | None,
) -> Timing:
    given = {
        "--rate": rate_per_s is not None,
        "--arrivals": kind not in (None, "replay"),
        "--think": think,
    }
    for name, is_given in given.items():
        if is_given:
            raise UsageError("--replay", "recorded times say when to send", f"without {name}")
    measured_ns = min(recorded_ns[-1] + 1, duration_ns or recorded_ns[-1] + 1)
    recorded_ns = recorded_ns[: bisect_left(recorded_ns, measured_ns)]
    mean = len(recorded_ns) * S_NS / measured_ns
    if mean > _MOST_PER_S:
        why = f"{mean:,.0f}/s on average are more than {_MOST_PER_S:,}"
        raise UsageError("--replay", why, "a lower --speed")
    return Timing("replay", mean, measured_ns, recorded_ns=recorded_ns)


def check_alone(
    timed: Timing, speed: float | None, requests: int | None, until_ci: str | None
) -> None:
    """What makes no sense with a rate that changes, or without one."""
    if speed is not None and not timed.recorded_ns:
        raise UsageError("--speed", "there is nothing that is replayed", "--replay FILE")
    changes = "--stages" if timed.stages else "--replay" if timed.recorded_ns else ""
    for name, given in (("--requests", requests), ("--until-ci", until_ci)):
        if changes and given is not None:
            raise UsageError(changes, "the times say themselves when it ends", f"without {name}")


def check_speed(speed: float | None) -> float:
    if speed is not None and not (math.isfinite(speed) and 1e-6 <= speed <= 1e6):
        raise UsageError("--speed", f"{speed} is no speed above 0", "2, or 0.5")
    return speed or 1.0


def tls(url: Url, ca: Path | None, insecure: bool, resumes: bool) -> Tls | None:
    """None over a plain connection."""
    given = {"--ca": ca is not None, "--insecure": insecure, "--resume-tls": resumes}
    for name, is_given in given.items():
        if is_given and url.scheme != "https":
            raise UsageError(name, f"{url.text} is no https:// URL", "https://, or without it")
    if url.scheme != "https":
        return None
    if ca is not None and insecure:
        raise UsageError("--insecure", "with --ca something is to be verified", "one of them")
    return Tls(url.host, not insecure, str(ca or ""), resumes)


def check_pacing(pacing: str, is_open: bool) -> Pacing:
    if pacing not in _PACINGS:
        raise UsageError("--pacing", f"there is no pacing '{pacing}'", ", ".join(_PACINGS))
    if pacing == "busy" and not is_open:
        why = "a closed loop sends after a response: polling always only makes the generator busy"
        raise UsageError("--pacing", why, "without --pacing, or --rate")
    return cast(Pacing, pacing)


def check_connections(connections: int, threads: int) -> int:
    if connections < threads:
        why = f"{threads} can't share {connections} connections"
        raise UsageError("--threads", why, "at least one connection a thread")
    if lack := shortage(connections, threads):
        raise UsageError("--connections", lack, "fewer, or a higher ulimit -Hn")
    return connections


def check_duration(duration_ns: int, threads: int, option: str = "--duration") -> int:
    longest_ns = _MOST_SLICES * S_NS // (threads + 1)
    if duration_ns > longest_ns:
        why = f"{format_clock(duration_ns / S_NS)} are more than a histogram a second allows"
        raise UsageError(option, why, f"at most {format_clock(longest_ns / S_NS)}")
    return duration_ns


def server_cores(pid: int) -> int:
    """How many cores a server may use at once; 1 when it has gone meanwhile."""
    try:
        return len(os.sched_getaffinity(pid)) if pid else 1
    except OSError:
        return 1


def shares_core(pid: int, cpus: Sequence[int] = ()) -> bool:
    """Whether server and generator, on these cores if any are given, have one between them. An
    unknown server may be on any core of the machine."""
    own = set(cpus) or os.sched_getaffinity(0)
    try:
        cores = os.sched_getaffinity(pid) if pid else set(range(os.cpu_count() or 1))
    except OSError:
        return False
    return len(cores) == 1 and cores == own


def check_pid(pid: int | None) -> int:
    """The process to sample, 0 for none."""
    if pid is not None and not Path(f"/proc/{pid}/stat").exists():
        raise UsageError("--pid", f"there is no process {pid}", "the server's own number")
    return pid or 0


def check_thresholds(thresholds: Sequence[Threshold], classes: Sequence[RequestClass]) -> None:
    """Each is of all requests, or of a class that there is."""
    names = [one.name for one in classes]
    for threshold in thresholds:
        if threshold.of_class and (len(names) < 2 or threshold.of_class not in names):
            there = f"there are {', '.join(names)}" if len(names) > 1 else "there are no classes"
            why = f"'{threshold.text}' is of a class '{threshold.of_class}': {there}"
            raise UsageError("--fail-if", why, "one of these, or the figure alone")
