"""What many connections cost the generator: memory for each, and time to open them.

Memory: resident size with 10,000 connections less that with 100, each in a process of its own,
after a closed loop that has used every one of them. Opening: 18,000 connections that stay idle, on
one thread; the time is that of the trial less its measure phase, and what is open is counted among
the process's sockets in the middle of that. Bursts: all 18,000 are asked again and again, and every
answer must be right. The event-loop model serves them, on a core of its own, and closes none while
idle.

Exit code 1 when a bound does not hold: 4 KiB each, 5,000/s, none lost.

    scripts/bench connections                  # about half a minute
"""

import argparse
import json
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path

from _setting import GENERATOR_CORE, load, need_two_cores, running
from contend import _engine
from contend.machine.limits import shortage

SERVER = ("event-loop", "--keep-alive", "1h")
FEW, MANY, IDLE = 100, 10_000, 18_000
MOST_BYTES, LEAST_PER_S = 4096, 5_000
MEASURED_NS = 1_000_000_000


def resident_bytes(connections: int) -> int:
    with running(SERVER) as (port, _):
        options = ["-c", str(connections), "--warmup", "1s", "-d", "3s"]
        document = load(port, "/plaintext", options)
    assert document["connections_opened"] == connections, document["connections_opened"]
    assert document["requests"]["ok"] == document["requests"]["scheduled"] > 2 * connections
    return int(document["generator"]["max_rss_bytes"])


def sockets() -> int:
    """Of this process."""
    count = 0
    for one in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            count += str(one.readlink()).startswith("socket:")
    return count


def open_idle(connections: int) -> tuple[float, int]:
    """How many were opened a second, and how many of them are open after a second."""
    request = _engine.RequestClass()
    request.name, request.method, request.path = "GET /", "GET", "/plaintext"
    spec = _engine.TrialSpec()
    spec.host = spec.address = "127.0.0.1"
    spec.classes, spec.connections, spec.cpus = [request], connections, [int(GENERATOR_CORE)]
    spec.arrivals, spec.rate_per_s = "constant", 10.0
    spec.warmup_ns, spec.duration_ns = 0, MEASURED_NS
    standing = 0

    def count(progress: _engine.Progress) -> bool:
        nonlocal standing
        if progress.phase == "measure" and progress.elapsed_ns < 0.8 * MEASURED_NS:
            standing = sockets()  # not while the trial already ends
        return True

    before = sockets()
    with running(SERVER) as (port, _):
        spec.port = port
        begin = time.monotonic_ns()
        result = _engine.run_trial(spec, count)
        took_ns = time.monotonic_ns() - begin - MEASURED_NS
    assert result.connections_opened == connections, result.connections_opened
    assert result.requests["ok"] == result.requests.scheduled == 10
    return connections * 1e9 / took_ns, standing - before


def asked_in_turn(connections: int) -> int:
    """How many of the requests to so many connections, each asked a few times, go wrong."""
    with running(SERVER) as (port, _):
        document = load(port, "/plaintext", ["-c", str(connections), "-d", "3s"])
    assert document["connections_opened"] == connections
    assert document["requests"]["scheduled"] > 2 * connections
    return int(document["requests"]["scheduled"] - document["requests"]["ok"])


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
    burst = asked_in_turn(IDLE)
    checks = {
        f"memory: {memory:.0f} bytes a connection, at most {MOST_BYTES}": memory <= MOST_BYTES,
        f"opening: {per_s:,.0f}/s, at least {LEAST_PER_S:,}": per_s >= LEAST_PER_S,
        f"standing: {standing:,} of {IDLE:,}": standing == IDLE,
        f"asked in turn: {burst:,} wrong": burst == 0,
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
