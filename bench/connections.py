"""What many connections cost the generator: memory for each, and time to open them.

Memory: resident size with 10,000 connections less that with 100, each in a process of its own, at a
rate that uses a few of them. Opening: 18,000 connections that stay idle, on one thread; the time is
that of the trial less its measure phase, and what is open is counted among the process's files at
the end of that. The event-loop model serves them, on a core of its own, and closes none while idle.

Exit code 1 when a bound does not hold: 4 KiB each, 5,000/s, none lost.

    scripts/bench connections                  # about half a minute
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

from _setting import GENERATOR_CORE, load, need_two_cores, running
from contend import _engine
from contend.open_files import shortage

SERVER = ("event-loop", "--keep-alive", "1h")
FEW, MANY, IDLE = 100, 10_000, 18_000
MOST_BYTES, LEAST_PER_S = 4096, 5_000
MEASURED_NS = 1_000_000_000


def resident_bytes(connections: int) -> int:
    with running(SERVER) as (port, _):
        options = ["-c", str(connections), "--rate", "1000", "--warmup", "0s", "-d", "2s"]
        document = load(port, "/plaintext", options)
    assert document["connections_opened"] == connections, document["connections_opened"]
    assert document["requests"]["ok"] == document["requests"]["scheduled"]
    return int(document["generator"]["max_rss_bytes"])


def open_idle(connections: int) -> tuple[float, int]:
    """How many were opened a second, and how many of them are open after a second."""
    request = _engine.RequestClass()
    request.name, request.method, request.path = "GET /", "GET", "/plaintext"
    spec = _engine.TrialSpec()
    spec.host = spec.address = "127.0.0.1"
    spec.classes, spec.connections, spec.cpus = [request], connections, [int(GENERATOR_CORE)]
    spec.arrivals, spec.rate_per_s = "constant", 10.0
    spec.warmup_ns, spec.duration_ns = 0, MEASURED_NS
    files = 0

    def count(progress: _engine.Progress) -> bool:
        nonlocal files
        if progress.phase == "measure":
            files = len(os.listdir("/proc/self/fd"))
        return True

    before = len(os.listdir("/proc/self/fd"))
    with running(SERVER) as (port, _):
        spec.port = port
        begin = time.monotonic_ns()
        result = _engine.run_trial(spec, count)
        took_ns = time.monotonic_ns() - begin - MEASURED_NS
    if result.connections_opened != connections or result.requests["ok"] != 10:
        print(f"opened {result.connections_opened:,}, {dict(result.requests)}")
    return connections * 1e9 / took_ns, min(files - before, connections)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every round's figures here")
    arguments = parser.parse_args()
    need_two_cores()
    if lack := shortage(IDLE):
        sys.exit(f"connections: {lack}")
    each = [
        (resident_bytes(MANY) - resident_bytes(FEW)) / (MANY - FEW) for _ in range(arguments.rounds)
    ]
    opened = [open_idle(IDLE) for _ in range(arguments.rounds)]
    memory = statistics.median(each)
    per_s = statistics.median(rate for rate, _ in opened)
    standing = min(count for _, count in opened)
    checks = {
        f"memory: {memory:.0f} bytes a connection, at most {MOST_BYTES}": memory <= MOST_BYTES,
        f"opening: {per_s:,.0f}/s, at least {LEAST_PER_S:,}": per_s >= LEAST_PER_S,
        f"standing: {standing:,} of {IDLE:,}": standing == IDLE,
    }
    for said, holds in checks.items():
        print(f"{said}: {'holds' if holds else 'DOES NOT HOLD'}")
    if arguments.json:
        document = {"bytes_each": each, "opened_per_s": [rate for rate, _ in opened]}
        document["standing"] = [float(count) for _, count in opened]
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    sys.exit(not all(checks.values()))


if __name__ == "__main__":
    main()
