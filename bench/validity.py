"""Whether contend knows when it is its own trial that was disturbed.

Clean runs, with nothing else on the machine, must be called valid; runs whose generator is slowed
down must not, and what they state all the same is printed beside the median of the clean ones: by a
process that computes on its core, by SIGSTOP for 50 ms in the middle, by a rate above what it can
send. Closed and open loops take turns, in a seeded random order, against the null server on a core
of its own; the closed loop against an event loop that computes for 50 µs a request, since of the
null server the generator would be the limit. Sleep pacing has a line of its own.

Exit code 1 when a disturbed run was called valid, or more than one in fifty of the clean ones not.

    scripts/bench validity                   # about 8 minutes
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from _setting import GENERATOR_CORE, PUNCTUAL, load, load_argv, need_two_cores, running

CLOSED = ["-c", "64"]
SPIN = ["--rate", "1000", "--pacing", "spin"]
BUSY = ["--rate", "5000", *PUNCTUAL]
FAST, SLOWER = ("null",), ("event-loop", "--handler", "cpu=50us")
AUTO = ["--rate", "1000"]
LOOPS = {
    "closed, c = 64": CLOSED,
    "1,000/s, auto": AUTO,
    "1,000/s, spin": SPIN,
    "5,000/s, busy": BUSY,
}
STATED = ("p50_ns", "p90_ns", "p99_ns")
# Times the goodput of a thread that is asked for far too much, which is measured first. The null
# server is about as fast as the generator, so that a rate nearer to it would find the server's.
ABOVE = 2.0
CLEAN, DISTURBED, ASLEEP = 50, 20, 10
SLEEP = "1,000/s, sleep"
MOST_FALSE_CALLS = 1


@dataclass(frozen=True)
class Run:
    disturbance: str  # "" for a clean run
    loop: str
    verdict: str
    reasons: list[str]
    stated: dict[str, int]  # in nanoseconds


def ceiling() -> float:
    """What one thread sends at most, in requests/s."""
    with running(FAST) as (port, _):
        document = load(port, "/", ["--rate", "1000000", *PUNCTUAL, "-d", "2s"])
    return float(document["goodput_per_s"])


def planned(clean: int, disturbed: int, asleep: int) -> list[tuple[str, str, list[str]]]:
    loops = list(LOOPS.items())
    runs = [("", *loops[i % len(loops)]) for i in range(clean)]
    runs += [("", SLEEP, ["--rate", "1000", "--pacing", "sleep"])] * asleep
    rate = f"{ABOVE * ceiling():.0f}"
    above = ("a rate above the ceiling", f"{rate}/s, busy", ["--rate", rate, *PUNCTUAL])
    for i in range(disturbed):
        kind = i % 3
        if kind == 2:
            runs.append(above)
        else:
            what = ("a process on its core", "SIGSTOP for 50 ms")[kind]
            runs.append((what, *loops[(i // 3) % len(loops)]))
    random.Random(clean).shuffle(runs)
    return runs


@contextmanager
def hog() -> Iterator[None]:
    process = subprocess.Popen(
        ["taskset", "-c", GENERATOR_CORE, sys.executable, "-c", "while True: pass"]
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def run(port: int, options: list[str], seconds: float, midway: Callable[[int], None]) -> str:
    """The document of one trial; `midway` is called with its process in the middle of it."""
    argv = load_argv(port, "/", [*options, "-d", f"{seconds}s", "--warmup", "500ms"])
    # Without taskset in between: the number is contend's own.
    process = subprocess.Popen(argv[3:], stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
    os.sched_setaffinity(process.pid, {int(GENERATOR_CORE)})
    try:
        process.wait(timeout=2.0 + seconds / 2)  # a second and a half to start and warm up
    except subprocess.TimeoutExpired:
        midway(process.pid)
    out, err = process.communicate()
    if process.returncode not in (0, 3):
        sys.exit(f"validity: contend load ended with {process.returncode}: {err.strip()}")
    return out


def stop_for_50_ms(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    try:
        signal.sigtimedwait([], 0.05)
    finally:
        os.kill(pid, signal.SIGCONT)


def measure(disturbance: str, loop: str, options: list[str], seconds: float) -> Run:
    with running(SLOWER if options is CLOSED else FAST) as (port, pid):
        options = [*options, "--pid", str(pid)]
        if disturbance == "a process on its core":
            with hog():
                said = run(port, options, seconds, lambda _: None)
        elif disturbance.startswith("SIGSTOP"):
            said = run(port, options, seconds, stop_for_50_ms)
        else:
            said = run(port, options, seconds, lambda _: None)
    document = json.loads(said)
    validity, latency = document["validity"], document["latency"]
    stated = {name: latency[name] for name in STATED if latency[name] is not None}
    reasons = [one["words"] for one in validity["reasons"]]
    return Run(disturbance, loop, validity["verdict"], reasons, stated)


def beside_clean(runs: list[Run]) -> list[str]:
    """Of the disturbed runs that state figures: how these lie to the median of the clean ones."""
    said = []
    for one in runs:
        if not one.disturbance or one.verdict != "partly-valid":
            continue
        clean = [other for other in runs if not other.disturbance and other.loop == one.loop]
        ratios = []
        for name, value in one.stated.items():
            usual = [other.stated[name] for other in clean if name in other.stated]
            if usual:
                ratios.append(f"{name.removesuffix('_ns')} {value / statistics.median(usual):.2f}")
        said.append(f"{one.disturbance}, {one.loop}: {', '.join(ratios) or 'none'} of the clean")
    return sorted(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clean", type=int, default=CLEAN)
    parser.add_argument("--disturbed", type=int, default=DISTURBED)
    parser.add_argument("--asleep", type=int, default=ASLEEP)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--json", type=Path, help="write every run's verdict here")
    arguments = parser.parse_args()
    need_two_cores()
    runs = []
    plan = planned(arguments.clean, arguments.disturbed, arguments.asleep)
    for disturbance, loop, options in plan:
        found = measure(disturbance, loop, options, arguments.seconds)
        runs.append(found)
        is_wrong = (found.verdict == "valid") == bool(disturbance) and loop != SLEEP
        print(
            f"{'WRONG ' if is_wrong else '      '}{disturbance or 'clean':24} {loop:18} "
            f"{found.verdict}  {'; '.join(found.reasons)}",
            flush=True,
        )
    disturbed = [one for one in runs if one.disturbance]
    found_out = sum(one.verdict != "valid" for one in disturbed)
    clean = [one for one in runs if not one.disturbance and one.loop != SLEEP]
    asleep = [one for one in runs if one.loop == SLEEP]
    late = sum(one.verdict != "valid" for one in asleep)
    false_calls = sum(one.verdict != "valid" for one in clean)
    print(f"disturbed: {found_out} of {len(disturbed)} called client-bound or inconclusive")
    print(
        f"clean: {false_calls} of {len(clean)} called so, at most {MOST_FALSE_CALLS} of {CLEAN} may"
    )
    print(f"clean, but asleep: {late} of {len(asleep)} called so")
    print("\n".join(beside_clean(runs)))
    if arguments.json:
        document = [asdict(one) for one in runs]
        arguments.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    sys.exit(found_out < len(disturbed) or false_calls > MOST_FALSE_CALLS)


if __name__ == "__main__":
    main()
