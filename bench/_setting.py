"""What the benches that drive whole programs share: the cores, a server, a trial of contend.

The server has the first core that this process may use, the generator the last.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CONTEND = ROOT / ".venv/bin/contend"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, GENERATOR_CORE = str(CORES[0]), str(CORES[-1])
# The generator has a core of its own: in an open loop nothing sends closer to the intended time.
PUNCTUAL = ("--pacing", "busy")
BENCH = Path(sys.argv[0]).stem

Document = dict[str, Any]
Server = tuple[str, ...]  # what follows `contend serve`


def need_two_cores() -> None:
    if len(CORES) < 2:
        sys.exit(f"{BENCH}: needs two cores, one for the server and one for the generator")


@contextmanager
def running(server: Server, pinned: bool = True) -> Iterator[tuple[int, int]]:
    """Runs `contend serve` on the server's core and yields its port and its process number."""
    cores = SERVER_CORE if pinned else ",".join(map(str, CORES))
    process = subprocess.Popen(
        ["taskset", "-c", cores, str(CONTEND), "serve", *server, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            sys.exit(f"{BENCH}: contend serve {shlex.join(server)} did not start")
        yield int(line.rsplit(":", 1)[1]), process.pid
    finally:
        process.terminate()
        process.wait()


def load_argv(port: int, path: str, options: list[str]) -> list[str]:
    argv = ["taskset", "-c", GENERATOR_CORE, str(CONTEND), "load"]
    return [*argv, f"http://127.0.0.1:{port}{path}", *options, "--json", "-"]


def load(port: int, path: str, options: list[str]) -> Document:
    """The result document, valid or not."""
    found = subprocess.run(
        load_argv(port, path, options), check=False, capture_output=True, text=True
    )
    if found.returncode not in (0, 3):
        sys.exit(f"{BENCH}: contend load ended with {found.returncode}: {found.stderr.strip()}")
    document: Document = json.loads(found.stdout)
    return document


def suite_tables(suite: Path, results: Path) -> Document:
    """The tables of one run of a suite's file."""
    argv = [str(CONTEND), "suite", str(suite), "--results", str(results), "--json", "-"]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"{BENCH}: contend suite ended with {done.returncode}: {done.stderr.strip()}")
    document: Document = json.loads(done.stdout)
    return document


def verdicts(tables: Document) -> Iterator[tuple[str, str, str, str]]:
    """Backend, table, figure and verdict of every comparison."""
    for table in tables["tables"]:
        for row in table["rows"]:
            for figure, comparison in row["comparisons"].items():
                where = f"{table['title']}, {table['setting']}"
                yield row["backend"], where, figure, comparison["verdict"]


def is_valid(document: Document) -> bool:
    return bool(document["validity"]["verdict"] == "valid")
