"""The options of `contend load` that need reading: bodies, headers, classes, arrivals, cores.

Readers of one option raise ValueError that says what is allowed; checks of several options together
raise UsageError.
"""

import math
import os
import re
from pathlib import Path

from contend.durations import S_NS, format_clock
from contend.errors import UsageError
from contend.machine.limits import shortage
from contend.suites.http_words import check_header, check_method, is_path, is_token
from contend.suites.request_class import RequestClass
from contend.trials.address import Url
from contend.trials.spec import is_open_loop

_CLASS = re.compile(r"(?P<weight>\d+(?:\.\d+)?)%:(?P<method>\S+) (?P<path>/\S*)")
_PACINGS = ("sleep", "spin", "busy")
_BODYLESS = ("GET", "HEAD", "OPTIONS", "TRACE")
# Far beyond what can be sent, and few enough to be counted in the time that they are due in.
_MOST_PER_S = 10_000_000
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
    check_header(name, value)
    return name, value


def parse_method(text: str) -> str:
    check_method(text)
    return text


def parse_class(text: str) -> RequestClass:
    """`95%:GET /json`: a class with its weight."""
    found = _CLASS.fullmatch(text.strip())
    if not found or not 0 < float(found["weight"]) <= 100 or not is_path(found["path"]):
        raise ValueError(f"'{text}' is no request class: 'W%:METHOD /path', such as '95%:GET /'")
    method = parse_method(found["method"])
    path = found["path"]
    return RequestClass(f"{method} {path}", float(found["weight"]), method, path)


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
    headers: list[tuple[str, str]],
    body: bytes,
    expect_status: int,
    expect_body: bytes | None,
) -> tuple[RequestClass, ...]:
    """The classes that are asked for, or the one that the URL itself is."""
    if classes and method:
        raise UsageError("--method", "a request class has its own method", "without --method")
    if not classes:
        method = method or ("POST" if body else "GET")
        classes = [RequestClass(f"{method} {url.path}", 1.0, method, url.path)]
    names = [one.name for one in classes]
    if len(set(names)) < len(names):
        raise UsageError("--request", "a class is given twice", "one with both weights together")
    sent_headers = tuple(header for header in headers if header[0].lower() != "host")
    return tuple(
        RequestClass(
            name=one.name,
            weight=one.weight,
            method=one.method,
            path=one.path,
            headers=sent_headers,
            body=b"" if len(classes) > 1 and one.method in _BODYLESS else body,
            expect_status=expect_status,
            expect_body=expect_body,
        )
        for one in classes
    )


def host_header(url: Url, headers: list[tuple[str, str]]) -> str:
    """The URL's, unless a Host header was given."""
    given = [value for name, value in headers if name.lower() == "host"]
    return given[-1] if given else url.host_header


def arrivals(kind: str | None, rate_per_s: float | None, think: bool) -> str:
    """The arrival process: closed without a rate, else constant, unless another is asked for."""
    if rate_per_s is not None and not (math.isfinite(rate_per_s) and rate_per_s > 0):
        raise UsageError("--rate", f"{rate_per_s} is no rate above 0", "--rate 1000")
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


def check_pacing(pacing: str, is_open: bool) -> str:
    if pacing not in _PACINGS:
        raise UsageError("--pacing", f"there is no pacing '{pacing}'", ", ".join(_PACINGS))
    if pacing == "busy" and not is_open:
        why = "a closed loop sends after a response: polling always only makes the generator busy"
        raise UsageError("--pacing", why, "sleep, or --rate")
    return pacing


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


def shares_core(pid: int) -> bool:
    """Whether server and generator have one core between them."""
    try:
        cores = os.sched_getaffinity(pid) if pid else set(range(os.cpu_count() or 1))
    except OSError:
        return False
    return len(cores) == 1 and cores == os.sched_getaffinity(0)


def check_pid(pid: int | None) -> int:
    """The process to sample, 0 for none."""
    if pid is not None and not Path(f"/proc/{pid}/stat").exists():
        raise UsageError("--pid", f"there is no process {pid}", "the server's own number")
    return pid or 0
