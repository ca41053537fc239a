"""What the models must show (models.md, section 5), measured on the real driver.

1   Heavy requests block an event loop's light ones as an M/G/1 queue has it. Handler H without
    its wait for I/O, so that a light request's latency less its own 2 ms is its wait. Light and
    heavy ones have a generator each: two Poisson processes add up to one whose classes are drawn
    independently, as the queue's are; those of one generator come in exact shares. A few seconds
    hold a few heavy ones, so what is measured is held to what such a trial gives by chance: 95%
    of seeded M/G/1 queues of the same length (Lindley's recursion).
2   The GIL bounds that blocking: beside a heavy request that always computes, a light one takes
    12 ms and an interval for each time it has to take the GIL (k = 2: for its CPU, and after its
    I/O). On an event loop it takes what is left of one heavy request, and the whole of the next.
3   The convoy, under the emulated GIL and a real one: 1/(c0 + k n I) requests/s beside n threads
    that compute. The real one is python-callable: the same sockets, parser and threads with the
    interpreter's lock and bytecode in place of the model's, so that nothing but the GIL differs.
    The emulated one is held to it within max(20%, twice the real one's own spread), the spread
    being its interquartile range over its median.
13  At 1.2 times its capacity, a server's goodput is its capacity, and latency grows by 0.2 s a
    second of intended time. The open loop shows it.

Server on the first core, generator on the last, a fresh server a trial, trials in a seeded random
order. Figures are medians over the trials that were valid, the spread is their lowest and highest.
At most 8 minutes for all on an idle machine; on a busy one a server shares its core, and nothing
here means much. Exit code 1 when something does not hold, 3 when something was not measured.

    scripts/bench assertions
    .venv/bin/python bench/assertions.py --only 3 --rounds 9
"""

import argparse
import json
import math
import platform
import random
import shlex
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _setting import PUNCTUAL, Document, Server, is_valid, load_argv, need_two_cores, running
from _setting import load as drive

# Handler H: 99% light, 1% heavy.
LIGHT_MS, HEAVY_MS, IO_MS, HEAVY_SHARE = 2.0, 100.0, 10.0, 0.01
MEAN_MS = (1 - HEAVY_SHARE) * LIGHT_MS + HEAVY_SHARE * HEAVY_MS


@dataclass(frozen=True)
class Finding:
    """One figure of one case; without `low` and `high` nothing is asked of it. NaN: not known."""

    assertion: int
    case: str
    figure: str
    expected: float
    trials: list[float]
    command: str
    low: float | None = None
    high: float | None = None

    @property
    def measured(self) -> float:
        return statistics.median(self.trials) if self.trials else float("nan")

    @property
    def holds(self) -> bool | None:
        if self.low is None or self.high is None or math.isnan(self.low + self.measured):
            return None
        return self.low <= self.measured <= self.high

    @property
    def missing(self) -> bool:
        return self.low is not None and self.holds is None

    def show(self) -> None:
        bound, verdict = "", ""
        if self.low is not None and self.high is not None:
            bound = f"  bound {self.low:.4g} to {self.high:.4g}: "
            verdict = {True: "holds", False: "DOES NOT HOLD", None: "not measured"}[self.holds]
        spread = f"({min(self.trials):.4g} to {max(self.trials):.4g})" if self.trials else ""
        print(
            f"  {self.case:41} {self.figure:18} expected {self.expected:8.4g}  "
            f"measured {self.measured:8.4g} {spread:20} n={len(self.trials)}{bound}{verdict}",
            flush=True,
        )

    def document(self) -> Document:
        fields = {**asdict(self), "measured": self.measured, "n": len(self.trials)}
        known = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in fields.items()
        }
        return {**known, "holds": self.holds}


def load(port: int, path: str, options: list[str]) -> Document | None:
    """The result document, or none for a trial that is not valid."""
    document = drive(port, path, options)
    if not is_valid(document):
        why = "; ".join(one["words"] for one in document["validity"]["reasons"])
        print(f"  a trial is left out: {why}", flush=True)
        return None
    return document


@contextmanager
def beside(port: int, path: str, options: list[str]) -> Iterator[None]:
    """A load that goes on until another one has been measured."""
    other = subprocess.Popen(
        load_argv(port, path, options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        other.send_signal(signal.SIGINT)
        other.wait()


def command(server: Server, *loads: tuple[str, list[str]]) -> str:
    parts = [f"contend serve {shlex.join(server)}"]
    parts += [f"contend load URL{path} {shlex.join(options)}" for path, options in loads]
    return "; ".join(parts)


def shuffled(cases: list[Any], rounds: int) -> Iterator[Any]:
    """Each case once a round, in a seeded random order."""
    order = random.Random(rounds)
    for _ in range(rounds):
        yield from order.sample(cases, len(cases))


def mg1_waits_ms(rho: float, seconds: float, queues: int) -> np.ndarray:
    """Light requests' waits in each of `queues` M/G/1 queues; NaN stands for a heavy one."""
    chance = np.random.default_rng(1)
    count = int(rho / MEAN_MS * 1e3 * seconds)
    gaps = chance.exponential(MEAN_MS / rho, (queues, count))
    heavy = chance.random((queues, count)) < HEAVY_SHARE
    service = np.where(heavy, HEAVY_MS, LIGHT_MS)
    waits = np.zeros((queues, count))
    for i in range(1, count):  # D. V. Lindley, 1952
        waits[:, i] = np.maximum(0, waits[:, i - 1] + service[:, i - 1] - gaps[:, i])
    return np.where(heavy, np.nan, waits)


# models.md, section 5: mean by Pollaczek and Khinchine, quantiles by the queue's integral equation.
MG1_MS = {
    0.3: {"mean": 7.5, "p90": 24.0, "p99": 99.0, "p99.9": 179.0},
    0.5: {"mean": 17.4, "p90": 74.0, "p99": 169.0, "p99.9": 267.0},
    0.7: {"mean": 40.7, "p90": 126.0, "p99": 285.0, "p99.9": 445.0},
}


def blocking(rounds: int, seconds: float) -> list[Finding]:
    """an event loop's light requests wait as in an M/G/1 queue"""
    server: Server = ("event-loop", "--handler", f"cpu={LIGHT_MS:g}ms", "--keep-alive", "1h")
    server += ("--mix", f"{HEAVY_SHARE:.0%}:cpu={HEAVY_MS:g}ms")

    def options(rho: float, share: float, seed: int | str) -> list[str]:
        rate = f"{share * rho / MEAN_MS * 1e3:.3f}"
        return ["--rate", rate, "--arrivals", "poisson", "--seed", str(seed)]

    def light(rho: float, seed: int | str) -> list[str]:
        argv = ["-c", "256", *PUNCTUAL, *options(rho, 1 - HEAVY_SHARE, seed)]
        return [*argv, "-d", f"{seconds:g}s"]

    def heavy(rho: float, seed: int | str) -> list[str]:
        return ["-c", "64", *options(rho, HEAVY_SHARE, seed), "-d", f"{seconds + 60:g}s"]

    found: dict[float, list[Document]] = {rho: [] for rho in MG1_MS}
    for seed, rho in enumerate(shuffled(list(MG1_MS), rounds)):
        with running(server) as (port, _), beside(port, "/class/1", heavy(rho, seed + 1000)):
            document = load(port, "/class/0", light(rho, seed))
        if document is not None:
            found[rho].append(document["latency"])
    findings = []
    for rho, figures in MG1_MS.items():
        queues = mg1_waits_ms(rho, seconds, 200 * rounds)
        for figure, expected in figures.items():
            by_chance = (
                np.nanmean(queues, axis=1)
                if figure == "mean"
                else np.nanquantile(queues, float(figure[1:]) / 100, axis=1)
            )
            medians = np.median(by_chance.reshape(200, rounds), axis=1)
            low, high = np.quantile(medians, [0.025, 0.975])
            # A quantile beyond what a trial's samples can tell is null.
            latencies = [trial[f"{figure}_ns"] for trial in found[rho]]
            waits = [value / 1e6 - LIGHT_MS for value in latencies if value is not None]
            findings.append(
                Finding(
                    1,
                    f"event-loop, light, rho {rho}",
                    f"wait {figure} ms",
                    expected,
                    waits,
                    command(
                        server,
                        ("/class/1", heavy(rho, "1000+N")),
                        ("/class/0", light(rho, "N")),
                    ),
                    # Nothing is asked of a quantile that rests on fewer than ten requests.
                    # A loop's own work of 50 us a request is an M/G/1 wait, too.
                    float(low) * 0.95 - 0.3 if figure != "p99.9" else None,
                    float(high) * 1.05 + 0.3 if figure != "p99.9" else None,
                )
            )
    return findings


def head_of_line(rounds: int, seconds: float) -> list[Finding]:
    """the GIL bounds how long a heavy request blocks a light one"""
    handlers: Server = ("--handler", f"cpu={LIGHT_MS:g}ms,io={IO_MS:g}ms")
    handlers += ("--mix", f"{HEAVY_SHARE:.0%}:cpu={HEAVY_MS:g}ms")
    own = LIGHT_MS + IO_MS
    expected = {
        "gil-threads": own + 2 * 5,
        "python-callable": own + 2 * 5,
        # Half of the heavy one that it meets, and then all of the next, which outlasts its I/O.
        "event-loop": HEAVY_MS / 2 + LIGHT_MS + HEAVY_MS,
    }
    light = ["-c", "16", *PUNCTUAL, "--rate", "8", "--arrivals", "poisson", "-d", f"{seconds:g}s"]
    found: dict[str, list[float]] = {kind: [] for kind in expected}
    for seed, kind in enumerate(shuffled(list(expected), rounds)):
        heavy = ["-c", "1", "-d", "60s"]
        with running((kind, *handlers)) as (port, _), beside(port, "/class/1", heavy):
            document = load(port, "/class/0", [*light, "--seed", str(seed)])
        if document is not None:
            found[kind].append(document["latency"]["p50_ns"] / 1e6)
    return [
        Finding(
            2,
            f"{kind}, light beside a heavy one",
            "latency p50 ms",
            value,
            found[kind],
            command(
                (kind, *handlers),
                ("/class/1", ["-c", "1"]),
                ("/class/0", [*light, "--seed", "N"]),
            ),
            value * 0.8,
            value * 1.2,
        )
        for kind, value in expected.items()
    ]


def convoy_server(kind: str, spinners: int, interval_ms: int) -> Server:
    settings = ("--spinners", str(spinners), "--switch-interval", f"{interval_ms}ms")
    return (kind, "--handler", "cpu=20us", *settings)


def relative_iqr(values: list[float]) -> float:
    if len(values) < 2:
        return float("nan")
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / statistics.median(values)


def convoy(rounds: int, seconds: float) -> list[Finding]:
    """threads that compute make a convoy, emulated as real"""
    kinds = ("python-callable", "gil-threads")
    settings = [(n, interval) for interval in (5, 1) for n in (1, 2, 4)]
    options = ["-c", "1", "-d", f"{seconds:g}s", "--warmup", "200ms"]
    held = [(kind, n, interval, True) for n, interval in settings for kind in kinds]
    shown = [(kind, 0, 5, True) for kind in kinds] + [(kind, 1, 5, False) for kind in kinds]
    found: dict[tuple[str, int, int, bool], list[float]] = {case: [] for case in shown + held}
    for case in [*shuffled(held, rounds), *shuffled(shown, 3)]:
        kind, n, interval, pinned = case
        with running(convoy_server(kind, n, interval), pinned) as (port, _):
            document = load(port, "/", options)
        if document is not None:
            found[case].append(document["goodput_per_s"])
    findings = []
    for case in found:
        kind, n, interval, pinned = case
        real = found["python-callable", n, interval, pinned]
        emulated = kind == "gil-threads"
        # k = 1: of the two times that a request takes the GIL, after its receive it has to wait,
        # and after its send it mostly takes it back before another thread has woken up.
        alone = statistics.median(found[kind, 0, 5, True] or [float("nan")])
        theory = 1 / (1 / alone + n * interval / 1e3)
        bound = max(0.2, 2 * relative_iqr(real))
        asked = emulated and pinned and n > 0
        middle = statistics.median(real) if real else float("nan")
        findings.append(
            Finding(
                3,
                f"{kind}, n={n}, I={interval} ms{'' if pinned else ', free'}",
                "requests/s",
                middle if emulated else theory,
                found[case],
                command(convoy_server(kind, n, interval), ("/", options)),
                max(0.0, middle * (1 - bound)) if asked else None,
                middle * (1 + bound) if asked else None,
            )
        )
    return findings


def overload(rounds: int, seconds: float) -> list[Finding]:
    """overload gives the capacity, and ever longer latency"""
    kinds = ("event-loop", "gil-threads")
    closed = ["-c", "16", "-d", "2s", "--warmup", "300ms"]
    figures = ("goodput / capacity", "latency s/s")
    found: dict[tuple[str, str], list[float]] = {(k, f): [] for k in kinds for f in figures}

    def options(rate: str) -> list[str]:
        return ["-c", "16", *PUNCTUAL, "--rate", rate, "-d", f"{seconds:g}s", "--warmup", "1s"]

    for kind in shuffled(list(kinds), rounds):
        server = (kind, "--handler", "cpu=2ms")
        with running(server) as (port, _):
            capacity = load(port, "/", closed)
            if capacity is None:
                continue
            most = capacity["goodput_per_s"]
            document = load(port, "/", options(f"{1.2 * most:.1f}"))
        if document is not None:
            latency = document["latency"]
            # At a constant rate latency grows all the time: the first request of the measured
            # time has the least, the last one the most.
            growth = (latency["max_ns"] - latency["min_ns"]) / document["duration_ns"]
            found[kind, figures[0]].append(document["goodput_per_s"] / most)
            found[kind, figures[1]].append(growth)
    return [
        Finding(
            13,
            f"{kind} at 1.2 times its capacity",
            figure,
            expected,
            found[kind, figure],
            command((kind, "--handler", "cpu=2ms"), ("/", closed), ("/", options("RATE"))),
            expected - bound,
            expected + bound,
        )
        for kind in kinds
        for figure, expected, bound in ((figures[0], 1.0, 0.05), (figures[1], 0.2, 0.05))
    ]


ASSERTIONS: dict[int, tuple[Callable[[int, float], list[Finding]], int, float]] = {
    1: (blocking, 3, 11.0),
    2: (head_of_line, 3, 3.0),
    3: (convoy, 9, 0.6),
    13: (overload, 2, 5.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", type=int, choices=ASSERTIONS, action="append")
    parser.add_argument("--rounds", type=int, help="trials of each case")
    parser.add_argument("--seconds", type=float, help="length of a trial's measured time")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    need_two_cores()
    findings: list[Finding] = []
    for number in arguments.only or ASSERTIONS:
        measure, rounds, seconds = ASSERTIONS[number]
        print(f"assertion {number}: {measure.__doc__}", flush=True)
        findings += measure(arguments.rounds or rounds, arguments.seconds or seconds)
        for finding in findings:
            if finding.assertion == number:
                finding.show()
    if arguments.json:
        document = {
            "python": platform.python_version(),
            "findings": [finding.document() for finding in findings],
        }
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    if any(finding.holds is False for finding in findings):
        sys.exit(1)
    if any(finding.missing for finding in findings):
        sys.exit(3)


if __name__ == "__main__":
    main()
