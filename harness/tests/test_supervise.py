"""No process of a server is left behind, however it or the suite ends."""

import ast
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contend.errors import TargetError
from contend.machine.processes import descendants, listens
from contend.servers.server import Server

# A server that starts a child, which starts a daemon in a session of its own; all three are deaf to
# what their first argument names. It says the three pids.
FAMILY = """
import os, signal, sys
if sys.argv[1] == "TERM":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
read, write = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
    os.write(write, f"{os.getpid()} ".encode())
    signal.pause()
pids = b""
while pids.count(b" ") < 2:
    pids += os.read(read, 64)
print(os.getpid(), pids.decode(), flush=True)
signal.pause()
"""


@contextmanager
def supervised(*argv: str) -> Iterator[subprocess.Popen[bytes]]:
    core = str(min(os.sched_getaffinity(0)))
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "contend.servers.supervise", core, "--", *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as supervisor:
        try:
            assert supervisor.stdin is not None
            supervisor.stdin.write(json.dumps({"folder": "/", "env": {}}).encode() + b"\n")
            supervisor.stdin.flush()
            yield supervisor
        finally:
            supervisor.kill()


def told(supervisor: subprocess.Popen[bytes]) -> dict[str, object]:
    assert supervisor.stdout is not None
    line: dict[str, object] = json.loads(supervisor.stdout.readline())
    return line


def family(supervisor: subprocess.Popen[bytes]) -> list[int]:
    assert supervisor.stderr is not None
    return [int(pid) for pid in supervisor.stderr.readline().split()]


def wait_until_gone(pid: int, timeout_s: float = 20.0) -> None:
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([watched], [], [], timeout_s)
        assert ended, f"process {pid} is left"
    finally:
        os.close(watched)


@pytest.mark.parametrize("deaf_to", ["nothing", "TERM"])
def test_at_the_end_of_the_pipe_every_descendant_ends(deaf_to: str) -> None:
    with supervised(sys.executable, "-c", FAMILY, deaf_to) as supervisor:
        server = told(supervisor)["pid"]
        pids = family(supervisor)
        assert len(pids) == 3 and server == pids[0]
        assert set(pids) <= set(descendants(supervisor.pid))
        assert supervisor.stdin is not None
        supervisor.stdin.close()
        assert supervisor.wait(timeout=20) == 0
        for pid in pids:
            assert not Path(f"/proc/{pid}").exists()


def test_the_time_of_the_start_is_told() -> None:
    before_ns = time.monotonic_ns()
    with supervised(sys.executable, "-c", "import signal; signal.pause()") as supervisor:
        started_ns = told(supervisor)["started_ns"]
        assert isinstance(started_ns, int)
        assert before_ns < started_ns < time.monotonic_ns()


def test_a_server_that_exits_is_told_of_and_its_children_end() -> None:
    with supervised(sys.executable, "-c", FAMILY, "nothing") as supervisor:
        told(supervisor)
        server, *children = family(supervisor)
        os.kill(server, signal.SIGKILL)
        assert told(supervisor) == {"exit": -signal.SIGKILL}
        assert supervisor.wait(timeout=20) == 0
        for pid in children:
            assert not Path(f"/proc/{pid}").exists()


def test_a_killed_supervisor_takes_its_server_along() -> None:
    with supervised(sys.executable, "-c", "import signal; signal.pause()") as supervisor:
        server = told(supervisor)["pid"]
        assert isinstance(server, int)
        supervisor.kill()
        supervisor.wait(timeout=20)
        wait_until_gone(server)


def test_a_program_that_is_not_there_is_said_so() -> None:
    with supervised("/nowhere/server") as supervisor:
        assert told(supervisor) == {"error": "/nowhere/server: No such file or directory"}
        assert supervisor.wait(timeout=20) == 0


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        Server("Gone", [sys.executable], tmp_path / "gone", {}, (min(os.sched_getaffinity(0)),))
    assert f"could not be started: {tmp_path}/gone: No such file" in str(caught.value)


SAY = "import json, os; print(json.__file__, os.getcwd(), dict(os.environ)); raise SystemExit"


def said(folder: Path, code: str, env: dict[str, str]) -> str:
    """By a Python that is started under a supervisor."""
    core = (min(os.sched_getaffinity(0)),)
    with Server("Python", [sys.executable, "-c", code], folder, env, core) as server:
        deadline = time.monotonic() + 20
        while not server.log.endswith("\n") and time.monotonic() < deadline:
            time.sleep(0.01)
        return server.log


@pytest.mark.parametrize("module", ["json", "signal", "subprocess"])
def test_a_module_beside_a_server_is_the_servers_alone(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("print('of the server', flush=True); raise SystemExit")
    assert said(tmp_path, f"import {module}", {}) == "of the server\n"


def test_variables_for_a_server_are_the_servers_alone(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "json.py").write_text("")
    env = {"PYTHONPATH": f"{tmp_path}/lib", "PYTHONWARNINGS": "error", "PLACE": "ü\n"}
    told = said(tmp_path, SAY, env)
    assert told.startswith(f"{tmp_path}/lib/json.py {tmp_path} {{")
    seen = ast.literal_eval(told.partition(" {")[2].join(("{", "")))
    assert {name: seen[name] for name in os.environ | env} == os.environ | env


def test_the_server_gets_its_cores_and_the_supervisor_keeps_its_own() -> None:
    code = "import os; print(*os.sched_getaffinity(0), flush=True); import signal; signal.pause()"
    with supervised(sys.executable, "-c", code) as supervisor:
        told(supervisor)
        assert family(supervisor) == [min(os.sched_getaffinity(0))]
        assert os.sched_getaffinity(supervisor.pid) == os.sched_getaffinity(0)


def test_listens_tells_whose_port_it_is() -> None:
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0));"
        "print(s.getsockname()[1], flush=True); import signal; signal.pause()"
    )
    with supervised(sys.executable, "-c", code) as supervisor:
        server = told(supervisor)["pid"]
        assert isinstance(server, int)
        (port,) = family(supervisor)
        assert listens([server], port)
        assert not listens([os.getpid()], port)
        assert not listens([server], port - 1)
