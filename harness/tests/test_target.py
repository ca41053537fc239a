"""Launched targets: ready and right, or an error that says which, why, and what it said."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from contend.errors import TargetError
from contend.machine.interrupts import Interrupted
from contend.machine.ports import HOST, accepts, free_port
from contend.servers.target import Pause, Target, launch
from contend.suites.backend import read_backend
from contend.suites.contract import read_contract
from made_workloads import SERVER, add_backend, make_workloads

CORE = min(os.sched_getaffinity(0))


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    return make_workloads(tmp_path / "workloads")


def start(workloads: Path, name: str, pause: Pause = time.sleep) -> Target:
    """Launches a backend and gives what it was; it has ended by then."""
    backend = read_backend(workloads, name, workloads)
    contract = read_contract(workloads, "hello", workloads)
    with launch(backend, workloads / "backends" / name, contract, (CORE,), pause) as target:
        assert Path(f"/proc/{target.pid}").exists()
        return target


def failure(workloads: Path, name: str) -> str:
    with pytest.raises(TargetError) as caught:
        start(workloads, name)
    return str(caught.value)


def test_a_target_is_verified_and_ends_with_its_launch(workloads: Path) -> None:
    add_backend(workloads, "right")
    target = start(workloads, "right")
    assert target.bodies == {"hello": b"Hello"}
    assert target.log == "calibrated\n"
    assert not Path(f"/proc/{target.pid}").exists()


def test_a_cold_start_lasts_from_the_start_to_the_first_right_answer(workloads: Path) -> None:
    add_backend(workloads, "right")
    add_backend(workloads, "late", "import time; time.sleep(0.3)\n" + SERVER)
    before_ns = time.monotonic_ns()
    late_ns = start(workloads, "late").cold_start_ns
    assert 300_000_000 < late_ns < time.monotonic_ns() - before_ns
    assert start(workloads, "right").cold_start_ns > 0


def test_what_listens_is_seen_and_what_is_free_is_not() -> None:
    with socket.create_server((HOST, 0)) as listener:
        assert accepts(listener.getsockname()[1])
    assert not accepts(free_port())


def test_a_server_that_exits_at_its_start_is_named_with_its_log(workloads: Path) -> None:
    add_backend(workloads, "dead", "print('no licence found', flush=True); raise SystemExit(3)")
    said = failure(workloads, "dead")
    assert said.startswith("Server dead: exited with 3; it said: no licence found")


def test_a_server_that_is_killed_at_its_start_is_named(workloads: Path) -> None:
    add_backend(workloads, "killed", "import os; os.kill(os.getpid(), 9)")
    assert "was ended by signal 9; it said nothing" in failure(workloads, "killed")


def test_a_server_that_never_gets_ready_is_named(workloads: Path) -> None:
    add_backend(workloads, "slow", "import signal; signal.pause()", ready_timeout="300ms")
    assert "not ready after 300ms" in failure(workloads, "slow")
    assert "nothing of it listens there" in failure(workloads, "slow")


def test_a_server_that_listens_elsewhere_is_named(workloads: Path) -> None:
    elsewhere = SERVER.replace("int(sys.argv[1])", "0")
    add_backend(workloads, "elsewhere", elsewhere, ready_timeout="1s")
    assert "nothing of it listens there" in failure(workloads, "elsewhere")


def test_a_server_that_answers_wrongly_is_named(workloads: Path) -> None:
    add_backend(workloads, "wrong", SERVER.replace('b"Hello"', 'b"Hallo"'))
    assert "body 'Hallo', not 'Hello' as its contract says" in failure(workloads, "wrong")
    add_backend(workloads, "lenient", SERVER.replace("else 404", "else 200"))
    assert "GET /nowhere: status 200, not 404" in failure(workloads, "lenient")


def test_a_missing_runtime_is_named(workloads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contend.files.paths.node", lambda: None)
    add_backend(workloads, "node", runtime="node")
    assert "Node.js is missing: needs scripts/setup" in failure(workloads, "node")


def test_an_interrupt_ends_a_launch_and_its_server(workloads: Path) -> None:
    add_backend(workloads, "slow", "import signal; signal.pause()")

    def interrupted(seconds: float) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        start(workloads, "slow", interrupted)


SUITE = """
import sys
from pathlib import Path
from contend.suites.backend import read_backend
from contend.suites.contract import read_contract
from contend.servers.target import launch
workloads = Path(sys.argv[1])
backend = read_backend(workloads, "right", workloads)
contract = read_contract(workloads, "hello", workloads)
with launch(backend, workloads / "backends" / "right", contract, (int(sys.argv[2]),)) as target:
    print(target.pid, flush=True)
    sys.stdin.read()
"""


def test_a_killed_suite_leaves_no_server(workloads: Path) -> None:
    add_backend(workloads, "right")
    argv = [sys.executable, "-c", SUITE, str(workloads), str(CORE)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as suite:
        assert suite.stdout is not None
        watched = os.pidfd_open(int(suite.stdout.readline()))
        suite.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([watched], [], [], 20)
        os.close(watched)
        assert ended
