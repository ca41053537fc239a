"""A million requests to servers that do everything wrong: is each counted as what it is?

Every fault of harness/tests/faults.py has a server of its own, in a process of its own, and its
share of the requests over 64 connections; half of them in a closed loop, half in an open one. Each
trial must keep the conservation law (the engine refuses to give a result that breaks it), count no
request by a cause that is not the fault's, and leave no file open; memory must not grow with the
trials.

A connection that is reset while it rests leaves the pool, and the requests of a server that resets
what it accepts then fail to find one: `connect` is right for them too.

Exit code 1 when any of that does not hold.

    scripts/bench million_faults                       # about 6 minutes
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from _setting import ROOT

sys.path.append(str(ROOT / "harness/tests"))

from contend import _engine
from contend.trials.document import OUTCOMES
from fault_server import FaultServer
from faults import FAULTS, Fault

REQUESTS = 1_000_000
DEAR = 4_000  # requests to a server that takes its time, of each kind
TRIALS = 10  # a fault, so that a leak shows
MOST_GROWTH = 1 << 20  # bytes in all: fragments of pages, below a leak of 16 bytes a request
LIBC = ctypes.CDLL(None)


def serve(name: str, port: Any, done: Any) -> None:
    with FaultServer(FAULTS[name].script) as server:
        port.send(server.port)
        done.recv()


def trial(port: int, fault: Fault, requests: int, is_open: bool) -> Any:
    request = _engine.RequestClass()
    request.name, request.method, request.path = "GET /", "GET", "/"
    request.expect_status = 200
    if fault.cause in ("ok", "validation", "timeout"):
        request.expect_body = b"hi"
    spec = _engine.TrialSpec()
    spec.host = spec.address = "127.0.0.1"
    spec.port, spec.classes, spec.connections = port, [request], 64
    spec.warmup_ns, spec.max_requests = 0, requests
    spec.timeout_ns = 30_000_000 if fault.cause == "timeout" else 10_000_000_000
    if is_open:
        spec.arrivals, spec.rate_per_s = "poisson", 3_000.0
    return _engine.run_trial(spec, None)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def resident_bytes() -> int:
    """Once the allocator has given back what it merely keeps."""
    LIBC.malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def drive(name: str, requests: int) -> tuple[Counter[str], int, int]:
    """What was counted in all trials, the files that are left open, and how memory grew."""
    context = multiprocessing.get_context("spawn")
    port_here, port_there = context.Pipe(duplex=False)
    done_there, done_here = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(name, port_there, done_there))
    server.start()
    counts: Counter[str] = Counter()
    try:
        port = port_here.recv()
        fault = FAULTS[name]
        trial(port, fault, 64, is_open=False)
        files = open_files()
        memory = 0
        for number in range(TRIALS):
            if number == 2:  # one of each kind has allocated what the allocator keeps
                memory = resident_bytes()
            result = trial(port, fault, requests // TRIALS, is_open=number % 2 == 1)
            counts += Counter({one: result.requests[one] for one in OUTCOMES})
            assert result.requests.scheduled == requests // TRIALS
        left = open_files() - files
        growth = resident_bytes() - memory
    finally:
        done_here.send(None)
        server.join()
    return counts, left, growth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--json", type=Path, help="write what was counted here")
    arguments = parser.parse_args()
    dear = min(DEAR, arguments.requests // len(FAULTS))
    cheap = [name for name, fault in FAULTS.items() if not fault.is_dear]
    each = -(-(arguments.requests - dear * (len(FAULTS) - len(cheap))) // len(cheap) // TRIALS)
    each *= TRIALS
    total, all_hold = 0, True
    found = {}
    for name, fault in FAULTS.items():
        counts, left, growth = drive(name, dear if fault.is_dear else each)
        total += counts.total()
        allowed = {fault.cause, "connect"} if fault.cause == "reset" else {fault.cause}
        holds = set(counts) <= allowed and left == 0 and growth <= MOST_GROWTH
        all_hold = all_hold and holds
        shown = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())
        print(
            f"{'      ' if holds else 'WRONG '}{name:28} {shown}; {left} files left, "
            f"{growth / 1024:+,.0f} KiB",
            flush=True,
        )
        found[name] = {"counts": dict(counts), "files_left": left, "memory_growth": growth}
    print(f"{total:,} requests, each counted once: scheduled is the sum of all outcomes")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(not all_hold)


if __name__ == "__main__":
    main()
