"""What on this machine would spoil a measurement, and the mend of each.

Checks are pure functions of Facts; only read_facts() looks at the machine. Nothing is changed.
"""

import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from contend.durations import format_ns
from contend.machine.environment import Machine
from contend.machine.read_environment import read_machine
from contend.machine.stolen import STOLEN_SHARE

# A machine that is this busy before anything is measured widens every interval.
BUSY_SHARE = 0.05
# What 10,000 connections take: a file each in the generator, and as many in the server.
CONNECTIONS = 10_000
SPARE_FILES = 100
SAMPLE_S = 0.5
# A wake-up that is less late at p99 needs no polling; one that is later would take a core for it.
PUNCTUAL_NS = 20_000
LATE_WAKE_UP_NS = 1_000_000

State = Literal["ok", "limits", "spoils"]


class Facts(msgspec.Struct, frozen=True):
    """What the checks look at; null where this machine doesn't say."""

    machine: Machine
    usable_cores: int
    busy_share: float | None  # of the usable cores' time, just now
    stolen_share: float | None
    clock_source: str | None
    open_files: int  # the soft limit of this process
    open_files_most: int  # the hard one
    ports: tuple[int, int] | None  # of outgoing connections, first and last
    somaxconn: int | None
    syn_backlog: int | None
    swapped_bytes: int | None
    clock_read_ns: int | None = None  # a reading's time
    wake_up_p50_ns: int | None = None  # how late a thread wakes up that slept for a millisecond
    wake_up_p99_ns: int | None = None


class Finding(msgspec.Struct, frozen=True):
    """`ok`; `limits` how much can be measured; or `spoils` what is measured."""

    name: str
    state: State
    figure: str
    why: str = ""
    mend: str = ""


class Diagnosis(msgspec.Struct, frozen=True):
    schema: str
    facts: Facts
    findings: tuple[Finding, ...]

    @property
    def spoils(self) -> bool:
        return any(one.state == "spoils" for one in self.findings)


def diagnose(facts: Facts) -> Diagnosis:
    findings = tuple(finding for check in CHECKS for finding in check(facts))
    return Diagnosis("contend.diagnosis/1", facts, findings)


def _cores(facts: Facts) -> Iterator[Finding]:
    figure = f"{facts.usable_cores} of {facts.machine.cores}"
    if facts.usable_cores >= 2:
        yield Finding("cores", "ok", figure)
        return
    yield Finding(
        "cores",
        "spoils",
        figure,
        "server and generator share a core: neither's figures are its own",
        "two cores or more, or a wider taskset",
    )


def _busy(facts: Facts) -> Iterator[Finding]:
    yield from _share(
        "other work",
        facts.busy_share,
        BUSY_SHARE,
        "other processes compete for the cores: intervals widen and trials become client-bound",
        "ending what else runs: top shows it",
    )


def _stolen(facts: Facts) -> Iterator[Finding]:
    yield from _share(
        "stolen time",
        facts.stolen_share,
        STOLEN_SHARE,
        "the host gives this machine's CPU time to others: trials become inconclusive",
        "a quieter hour, or a machine with cores of its own",
    )


def _share(name: str, share: float | None, most: float, why: str, mend: str) -> Iterator[Finding]:
    if share is None:
        return
    figure = f"{share:.1%}"
    if share <= most:
        yield Finding(name, "ok", figure)
    else:
        yield Finding(name, "spoils", figure, why, mend)


def _governor(facts: Facts) -> Iterator[Finding]:
    governor = facts.machine.governor
    if governor is None:
        return
    if governor == "performance":
        yield Finding("CPU governor", "ok", governor)
        return
    yield Finding(
        "CPU governor",
        "spoils",
        governor,
        "the clock frequency follows the load: a slow server looks slower still",
        "cpupower frequency-set --governor performance",
    )


def _clock(facts: Facts) -> Iterator[Finding]:
    source = facts.clock_source
    if source is None:
        return
    cost = "" if facts.clock_read_ns is None else f", {facts.clock_read_ns} ns a reading"
    if source in ("tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"):
        yield Finding("clock source", "ok", f"{source}{cost}")
        return
    yield Finding(
        "clock source",
        "spoils",
        f"{source}{cost}",
        "reading the clock takes a system call, several times a request",
        "booting with clocksource=tsc, where the CPU's is stable",
    )


def _wake_ups(facts: Facts) -> Iterator[Finding]:
    """Which pacing holds here: how long a generator has to poll before a send to be punctual."""
    if facts.wake_up_p50_ns is None or facts.wake_up_p99_ns is None:
        return
    p50, p99 = (format_ns(one) for one in (facts.wake_up_p50_ns, facts.wake_up_p99_ns))
    figure = f"late by {p50} at p50, {p99} at p99"
    if facts.wake_up_p99_ns < LATE_WAKE_UP_NS:
        holds = "auto or sleep" if facts.wake_up_p99_ns < PUNCTUAL_NS else "auto"
        yield Finding("wake-ups", "ok", f"{figure}: --pacing {holds}")
        return
    yield Finding(
        "wake-ups",
        "limits",
        figure,
        f"--pacing auto polls for {p99} before each send, and at a thousand a second always",
        "--pacing busy with --pin, on a core of the generator's own",
    )


def _swap(facts: Facts) -> Iterator[Finding]:
    if not facts.swapped_bytes:
        return
    yield Finding(
        "swap",
        "spoils",
        f"{facts.swapped_bytes / 2**20:.0f} MiB used",
        "a page that has to be read back stalls its process for milliseconds",
        "ending what fills the memory, then swapoff -a && swapon -a",
    )


def _files(facts: Facts) -> Iterator[Finding]:
    figure = f"{facts.open_files:,}, at most {facts.open_files_most:,}"
    connections = facts.open_files_most - SPARE_FILES
    if connections >= CONNECTIONS:
        yield Finding("open files", "ok", figure)
        return
    yield Finding(
        "open files",
        "limits",
        figure,
        f"at most {max(connections, 0):,} connections a process",
        f"LimitNOFILE= of the service, or ulimit -Hn {CONNECTIONS + SPARE_FILES} as root",
    )


def _ports(facts: Facts) -> Iterator[Finding]:
    if facts.ports is None:
        return
    first, last = facts.ports
    count = last - first + 1
    figure = f"{first} to {last}"
    if count >= CONNECTIONS:
        yield Finding("local ports", "ok", figure)
        return
    yield Finding(
        "local ports",
        "limits",
        figure,
        f"at most {count:,} connections from one address to one server",
        "sysctl net.ipv4.ip_local_port_range='10240 65535'",
    )


def _backlog(facts: Facts) -> Iterator[Finding]:
    for name, value, key in (
        ("somaxconn", facts.somaxconn, "net.core.somaxconn"),
        ("SYN backlog", facts.syn_backlog, "net.ipv4.tcp_max_syn_backlog"),
    ):
        if value is None:
            continue
        if value >= 512:  # what Node.js asks for is 511
            yield Finding(name, "ok", f"{value:,}")
            continue
        yield Finding(
            name,
            "limits",
            f"{value:,}",
            "connections that are opened together are dropped, and come back a second later",
            f"sysctl {key}=4096",
        )


CHECKS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    _cores,
    _busy,
    _stolen,
    _governor,
    _clock,
    _wake_ups,
    _swap,
    _files,
    _ports,
    _backlog,
)


def read_facts(
    pause: Callable[[float], None] = time.sleep,
    clock_read_ns: int | None = None,
    wake_ups_ns: tuple[int, int] | None = None,
) -> Facts:
    """Looks for SAMPLE_S at how busy the machine is; `pause` passes that time. The caller has
    measured how late wake-ups are, at p50 and p99."""
    wake_up_p50_ns, wake_up_p99_ns = wake_ups_ns or (None, None)
    cores = os.sched_getaffinity(0)
    before = _cpu_times(_read("/proc/stat"), cores)
    pause(SAMPLE_S)
    busy, stolen = _shares(before, _cpu_times(_read("/proc/stat"), cores))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ports = (_read("/proc/sys/net/ipv4/ip_local_port_range") or "").split()
    return Facts(
        machine=read_machine(),
        usable_cores=len(cores),
        busy_share=busy,
        stolen_share=stolen,
        clock_source=_word("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        open_files=soft,
        open_files_most=hard,
        ports=(int(ports[0]), int(ports[1])) if len(ports) == 2 else None,
        somaxconn=_number("/proc/sys/net/core/somaxconn"),
        syn_backlog=_number("/proc/sys/net/ipv4/tcp_max_syn_backlog"),
        swapped_bytes=_swapped(_read("/proc/meminfo")),
        clock_read_ns=clock_read_ns,
        wake_up_p50_ns=wake_up_p50_ns,
        wake_up_p99_ns=wake_up_p99_ns,
    )


def _cpu_times(stat: str | None, cores: set[int]) -> tuple[int, int, int]:
    """Ticks of these cores: all, idle, stolen."""
    total = idle = stolen = 0
    for line in (stat or "").splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            # user, nice, system, idle, iowait, irq, softirq, steal (proc(5))
            ticks = [int(field) for field in fields[:8]]
            total += sum(ticks)
            idle += ticks[3] + ticks[4]
            stolen += ticks[7]
    return total, idle, stolen


def _shares(
    before: tuple[int, int, int], after: tuple[int, int, int]
) -> tuple[float | None, float | None]:
    total, idle, stolen = (now - then for now, then in zip(after, before, strict=True))
    if total <= 0:
        return None, None
    return (total - idle - stolen) / total, stolen / total


def _swapped(meminfo: str | None) -> int | None:
    kib = {}
    for line in (meminfo or "").splitlines():
        name, _, value = line.partition(":")
        if name in ("SwapTotal", "SwapFree"):
            kib[name] = int(value.split()[0])
    return (kib["SwapTotal"] - kib["SwapFree"]) * 1024 if len(kib) == 2 else None


def _number(path: str) -> int | None:
    text = _word(path)
    return int(text) if text and text.isdigit() else None


def _word(path: str) -> str | None:
    text = _read(path)
    return text.strip() if text else None


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return None
