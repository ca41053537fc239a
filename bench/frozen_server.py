"""A server that is frozen for 100 ms in every second: what open and closed loops see of it.

The truth is known (models.md, stall test): of requests that arrive at random, a tenth finds the
server frozen and waits for what is left of the freeze. At 2,000/s and 25 µs a request p95 is
52.5 ms and p99 90.5 ms. The null server is stopped and continued by signals, so it is frozen
as a whole, kernel backlog and all; a closed loop sends at most one request a connection into
each freeze and so hardly sees it.

Exit code 1 when a quantile is further off than its bound, 3 when a trial was not valid.

    scripts/bench frozen_server
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from _setting import PUNCTUAL, Document, load, need_two_cores, running

PERIOD, FROZEN = 1.0, 0.1
TRUTH_MS = {"p95": 52.5, "p99": 90.5}
BOUND_MS = 4.0
LOOPS = {
    "open loop, Poisson 2,000/s": ["--rate", "2000", "--arrivals", "poisson", *PUNCTUAL],
    "closed loop, 64 connections": [],
}


def freeze(pid: int, done: threading.Event) -> None:
    """Stops the process for the first tenth of every second, by absolute times."""
    begin = time.monotonic()
    for period in range(10_000):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(max(0.0, begin + period * PERIOD + FROZEN - time.monotonic()))
        os.kill(pid, signal.SIGCONT)
        if done.wait(max(0.0, begin + (period + 1) * PERIOD - time.monotonic())):
            return


def measure(options: list[str], seconds: int) -> Document:
    """The figures of one loop in milliseconds, and whether its trial was valid."""
    with running(("null",)) as (port, pid):
        done = threading.Event()
        freezer = threading.Thread(target=freeze, args=(pid, done))
        freezer.start()
        try:
            document = load(port, "/", ["-c", "64", "-d", f"{seconds}s", *options])
        finally:
            done.set()
            freezer.join()
    latency = document["latency"]
    quantiles = {name: latency[f"{name}_ns"] / 1e6 for name in ("p50", "p90", "p95", "p99")}
    return {**quantiles, "validity": document["validity"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    need_two_cores()
    figures = {name: measure(options, arguments.seconds) for name, options in LOOPS.items()}
    for name, found in figures.items():
        shown = "  ".join(f"{key} {found[key]:7.2f} ms" for key in ("p50", "p90", "p95", "p99"))
        verdict = found["validity"]["verdict"]
        words = [one["words"] for one in found["validity"]["reasons"]]
        print("  ".join([f"{name:30} {shown}  {verdict}", *words]))
    opened = figures["open loop, Poisson 2,000/s"]
    errors = {name: opened[name] - truth for name, truth in TRUTH_MS.items()}
    for name, error in errors.items():
        verdict = "within" if abs(error) <= BOUND_MS else "NOT within"
        print(
            f"{name}: {error:+.2f} ms off the truth of {TRUTH_MS[name]} ms: {verdict} {BOUND_MS} ms"
        )
    if arguments.json:
        document = {"truth_ms": TRUTH_MS, "bound_ms": BOUND_MS, "figures_ms": figures}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    if opened["validity"]["verdict"] != "valid":
        sys.exit(3)
    sys.exit(any(abs(error) > BOUND_MS for error in errors.values()))


if __name__ == "__main__":
    main()
