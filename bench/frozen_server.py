"""A server that is frozen for 100 ms in every second: what open and closed loops see of it.

The truth is known (models.md, stall test): of requests that arrive at random, a tenth finds the
server frozen and waits for what is left of the freeze. At 2,000/s and 25 µs a request p95 is
52.5 ms and p99 90.5 ms. The null server is stopped and continued by signals, so it is frozen
as a whole, kernel backlog and all; a closed loop sends at most one request a connection into
each freeze and so hardly sees it.

    scripts/bench frozen_server
"""

import argparse
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

CONTEND = Path(__file__).parent.parent / ".venv/bin/contend"
PERIOD, FROZEN = 1.0, 0.1
TRUTH_MS = {"p95": 52.5, "p99": 90.5}
BOUND_MS = 4.0


def freeze(pid: int, done: threading.Event) -> None:
    """Stops the process for the first tenth of every second, by absolute times."""
    begin = time.monotonic()
    for period in range(10_000):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(max(0.0, begin + period * PERIOD + FROZEN - time.monotonic()))
        os.kill(pid, signal.SIGCONT)
        if done.wait(max(0.0, begin + (period + 1) * PERIOD - time.monotonic())):
            return


def load(port: int, options: list[str], seconds: int) -> dict[str, float]:
    argv = ["taskset", "-c", "1", str(CONTEND), "load", f"http://127.0.0.1:{port}/", "-c", "64"]
    argv += ["-d", f"{seconds}s", "--json", "-", *options]
    found = subprocess.run(argv, stdout=subprocess.PIPE, check=False)
    latency = json.loads(found.stdout)["latency"]
    return {name: latency[f"{name}_ns"] / 1e6 for name in ("p50", "p90", "p95", "p99")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    server = subprocess.Popen(
        ["taskset", "-c", "0", str(CONTEND), "serve", "null", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    port = int(server.stdout.readline().rsplit(":", 1)[1])
    done = threading.Event()
    freezer = threading.Thread(target=freeze, args=(server.pid, done))
    freezer.start()
    try:
        figures = {
            "open loop, Poisson 2,000/s": load(
                port, ["--rate", "2000", "--arrivals", "poisson"], arguments.seconds
            ),
            "closed loop, 64 connections": load(port, [], arguments.seconds),
        }
    finally:
        done.set()
        freezer.join()
        server.terminate()
        server.wait()
    for name, quantiles in figures.items():
        shown = "  ".join(f"{key} {value:7.2f} ms" for key, value in quantiles.items())
        print(f"{name:30} {shown}")
    opened = figures["open loop, Poisson 2,000/s"]
    for name, truth in TRUTH_MS.items():
        error = opened[name] - truth
        verdict = "within" if abs(error) <= BOUND_MS else "NOT within"
        print(f"{name}: {error:+.2f} ms off the truth of {truth} ms: {verdict} {BOUND_MS} ms")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
