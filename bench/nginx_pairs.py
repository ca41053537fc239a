"""contend's cost beside wrk's and a bare epoll loop's, against one nginx.

nginx (`return 200`, one worker, keep-alive without limit) has the first core, the generators
take turns on the second one. Every round runs each generator once, in a seeded random order;
figures are medians over the rounds, ratios are medians of the rounds' own ratios.

CPU per request: contend's and the bare loop's load thread in the measure phase; wrk's whole
process, whose start is a few milliseconds of several seconds.

Beside the bare loop p50 is compared twice: as contend reports it, where a response is complete when
the kernel has received it, and as a program sees it that reads it, which is all that the bare loop
can. Each ratio of which something is asked has its bound beside it; exit code 1 when a median is
above. At busy pacing both use a whole core, whatever they do: no bound for that.

    scripts/bench nginx_pairs                      # everything: about 7 minutes
    .venv/bin/python bench/nginx_pairs.py --rounds 7 --seconds 3 --only closed
"""

import argparse
import json
import math
import random
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from _setting import CONTEND, GENERATOR_CORE, ROOT, SERVER_CORE, need_two_cores

BARE = ROOT / "build" / "release" / "bench_bare_epoll"
PACINGS = ("sleep", "spin", "busy")
RATES = (1_000, 20_000, 60_000)
OVER_TLS = "closed loop over TLS 1.3, 64 connections"
MANY = "contend, 1,000 connections"  # beside contend with the 64 of all others

CONFIG = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 "Hello, World!"; }} }}
  server {{
    listen 127.0.0.1:{tls_port} ssl backlog=4096; ssl_protocols TLSv1.3;
    ssl_certificate {folder}/certificate; ssl_certificate_key {folder}/key;
    location / {{ return 200 "Hello, World!"; }}
  }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    port: int
    tls_port: int
    certificate: Path


Figures = dict[str, Any]


@contextmanager
def nginx() -> Iterator[Nginx]:
    """Runs nginx on the server's core; it listens plainly, and with TLS 1.3."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        sys.exit("nginx_pairs: no nginx found; try apt-get install nginx-light")
    with tempfile.TemporaryDirectory() as folder:
        with (
            socket.create_server(("127.0.0.1", 0)) as plain,
            socket.create_server(("127.0.0.1", 0)) as tls,
        ):
            found = Nginx(plain.getsockname()[1], tls.getsockname()[1], Path(folder, "certificate"))
        make_certificate(Path(folder))
        config = Path(folder) / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, port=found.port, tls_port=found.tls_port))
        server = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, program, "-c", str(config)],
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(found.port, server)
            yield found
        finally:
            server.terminate()
            server.wait()


def make_certificate(folder: Path) -> None:
    """For localhost, vouched for by itself."""
    command = [
        *("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-days", "1"),
        *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost"),
        *("-keyout", str(folder / "key"), "-out", str(folder / "certificate")),
    ]
    subprocess.run(command, check=True, capture_output=True)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    sys.exit("nginx_pairs: nginx did not start")


NOT_VALID = 3  # contend's exit code for a trial in which it was the limit itself


def on_generator_core(argv: list[str], *accepted: int) -> str:
    command = ["taskset", "-c", GENERATOR_CORE, *argv]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, *accepted):
        sys.exit(f"nginx_pairs: {argv[0]} exited with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def contend(
    server: Nginx, rate: int, pacing: str, seconds: float, connections: int = 64, tls: bool = False
) -> Figures:
    secure = [f"https://localhost:{server.tls_port}/", "--ca", str(server.certificate)]
    argv = [str(CONTEND), "load", *(secure if tls else [f"http://127.0.0.1:{server.port}/"])]
    argv += ["-c", str(connections)]
    argv += ["-d", f"{seconds}s", "--warmup", "500ms", "--pacing", pacing, "--json", "-"]
    argv += ["--rate", str(rate)] if rate else []
    # Both sides of a pair meet the same disturbances, so such a trial stays in and is counted.
    document = json.loads(on_generator_core(argv, NOT_VALID))
    return {
        "is_valid": float(document["validity"]["verdict"] == "valid"),
        "requests_per_s": document["goodput_per_s"],
        "cpu_ns_per_request": document["generator"]["cpu_ns_per_request"],
        "p50_ns": document["latency"]["p50_ns"],
        "p50_as_read_ns": as_read_ns(document),
        "p99_ns": document["latency"]["p99_ns"],
    }


def as_read_ns(document: Figures) -> float | None:
    """As a program sees it that reads the response; none where p50 is withheld."""
    p50_ns = document["latency"]["p50_ns"]
    client = document.get("client_excluded", {"p50_ns": 0})
    return None if p50_ns is None else p50_ns + client["p50_ns"]


def bare(server: Nginx, rate: int, pacing: str, seconds: float) -> Figures:
    figures: Figures = json.loads(
        on_generator_core([str(BARE), str(server.port), "64", str(rate), pacing, str(seconds)])
    )
    return figures


def wrk(server: Nginx, rate: int, pacing: str, seconds: float, tls: bool = False) -> Figures:
    assert rate == 0 and pacing == "sleep", "wrk has no open loop"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    url = f"https://localhost:{server.tls_port}/" if tls else f"http://127.0.0.1:{server.port}/"
    argv = ["wrk", "-t1", "-c64", f"-d{seconds:.0f}s", "--latency", url]
    text = on_generator_core(argv)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    requests = float(re.search(r"(\d+) requests in", text)[1])  # type: ignore[index]
    rate_found = float(re.search(r"Requests/sec:\s*([\d.]+)", text)[1])  # type: ignore[index]
    return {"requests_per_s": rate_found, "cpu_ns_per_request": cpu * 1e9 / requests}


Generator = Callable[[Nginx, int, str, float], Figures]


def interleave(
    server: Nginx,
    rate: int,
    pacing: str,
    generators: dict[str, Generator],
    rounds: int,
    seconds: float,
) -> dict[str, list[Figures]]:
    order = random.Random(rounds)
    found: dict[str, list[Figures]] = {name: [] for name in generators}
    for _ in range(rounds):
        for name in order.sample(list(generators), len(generators)):
            found[name].append(generators[name](server, rate, pacing, seconds))
    return found


def ratios(name: str, found: dict[str, list[Figures]]) -> list[dict[str, Any]]:
    """What is compared in a cell, each with the bound that is asked of its median, or none."""
    closed = name.startswith("closed")
    asked: list[tuple[str, str, str, str, float | None]] = []  # mine, theirs, figures, bound
    if name == OVER_TLS:
        asked.append(("contend", "wrk", "cpu_ns_per_request", "cpu_ns_per_request", 1.0))
    elif closed:
        asked.append(("contend", "bare", "cpu_ns_per_request", "cpu_ns_per_request", 1.10))
        asked.append(("contend", "wrk", "cpu_ns_per_request", "cpu_ns_per_request", 0.95))
        asked.append((MANY, "contend", "cpu_ns_per_request", "cpu_ns_per_request", 1.15))
    else:
        cpu_bound = None if name.endswith("busy") else 1.10
        asked.append(("contend", "bare", "cpu_ns_per_request", "cpu_ns_per_request", cpu_bound))
        asked.append(("contend", "bare", "p50_as_read_ns", "p50_ns", 1.15))
        p50_bound = 0.7 if name == "open loop, 1,000/s, spin" else None
        asked.append(("contend", "bare", "p50_ns", "p50_ns", p50_bound))
    compared = []
    for mine, theirs, figure, other_figure, bound in asked:
        pairs = zip(found[mine], found[theirs], strict=True)
        stated = [
            (one[figure], other[other_figure])
            for one, other in pairs
            if one[figure] is not None and other[other_figure] is not None
        ]
        if not stated:
            continue
        each = [one / other for one, other in stated]
        middle = statistics.median(each)
        compared.append(
            {
                "mine": mine,
                "theirs": theirs,
                "figure": figure,
                "median": middle,
                "lowest": min(each),
                "highest": max(each),
                "bound": bound,
                "holds": bound is None or middle <= bound,
            }
        )
    return compared


def median_of(values: Iterable[float | None]) -> float:
    """Of those that are stated; not a number where none is."""
    stated = [one for one in values if one is not None]
    return statistics.median(stated) if stated else math.nan


def show(name: str, found: dict[str, list[Figures]], compared: Sequence[dict[str, Any]]) -> None:
    print(f"\n{name} ({len(found['contend'])} rounds, medians)")
    for generator, rounds in found.items():
        medians = {key: median_of(one[key] for one in rounds) for key in rounds[0]}
        latency = (
            f"  p50 {medians['p50_ns'] / 1e3:7.1f} µs  p99 {medians['p99_ns'] / 1e3:8.1f} µs"
            if "p50_ns" in medians
            else ""
        )
        cpu = medians["cpu_ns_per_request"] / 1e3
        print(
            f"  {generator:26} {medians['requests_per_s']:9.0f}/s  "
            f"CPU {cpu:7.2f} µs/request{latency}"
        )
    invalid = sum(not one["is_valid"] for one in found["contend"])
    if invalid:
        print(f"  contend called {invalid} of its {len(found['contend'])} trials not valid")
    for one in compared:
        bound = f": at most {one['bound']}, " if one["bound"] else ""
        verdict = ("holds" if one["holds"] else "DOES NOT HOLD") if one["bound"] else ""
        print(
            f"  {one['mine']} / {one['theirs']}: {one['figure']} {one['median']:.3f} x "
            f"({one['lowest']:.3f} to {one['highest']:.3f}){bound}{verdict}"
        )
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", choices=("closed", "open", "tls"))
    parser.add_argument("--json", type=Path, help="write every round's figures here")
    arguments = parser.parse_args()
    need_two_cores()
    results: dict[str, dict[str, Any]] = {}
    with nginx() as server:
        cells: list[tuple[str, int, str, dict[str, Generator]]] = []
        if arguments.only in (None, "closed"):
            many = partial(contend, connections=1_000)
            closed: dict[str, Generator] = {
                "contend": contend,
                "wrk": wrk,
                "bare": bare,
                MANY: many,
            }
            cells.append(("closed loop, 64 connections", 0, "sleep", closed))
        if arguments.only in (None, "tls"):
            over_tls: dict[str, Generator] = {
                "contend": partial(contend, tls=True),
                "wrk": partial(wrk, tls=True),
            }
            cells.append((OVER_TLS, 0, "sleep", over_tls))
        if arguments.only in (None, "open"):
            opened: dict[str, Generator] = {"contend": contend, "bare": bare}
            cells += [
                (f"open loop, {rate:,}/s, {pacing}", rate, pacing, opened)
                for rate in RATES
                for pacing in PACINGS
            ]
        for name, rate, pacing, generators in cells:
            found = interleave(
                server, rate, pacing, generators, arguments.rounds, arguments.seconds
            )
            compared = ratios(name, found)
            show(name, found, compared)
            results[name] = {"rounds": found, "ratios": compared}
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    sys.exit(not all(one["holds"] for result in results.values() for one in result["ratios"]))


if __name__ == "__main__":
    main()
