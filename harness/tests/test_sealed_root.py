"""Programs of a sealed root run in it, and leave no mount behind."""

import os
import signal
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import pytest
from contend.files import paths
from contend.servers.sealed_root import enter, way_in
from contend.servers.server import Server

MOUNTS = Path("/proc/self/mounts")


def can_mount() -> bool:
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Nothing but a shell, with what it is linked with."""
    if not can_mount():
        pytest.skip("only root enters a sealed root")
    linked = subprocess.run(["ldd", "/bin/sh"], capture_output=True, check=True, text=True).stdout
    files = {word for word in linked.split() if word.startswith("/")} | {"/bin/sh"}
    for file in files:
        copy = tmp_path / "root" / file[1:]
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(Path(file).read_bytes())
        copy.chmod(0o755)
    return tmp_path / "root"


def test_a_program_of_the_root_finds_what_is_shared_and_no_more(root: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "said").write_text("hello\n", encoding="utf-8")
    code = 'read line < said; echo "$line $PWD $$"; test -e /dev/null -a ! -e /usr/bin/python3'
    before = MOUNTS.read_text()
    with subprocess.Popen(
        ["/bin/sh", "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=shared,
        preexec_fn=partial(enter, root, [shared]),
    ) as program:
        said, _ = program.communicate(timeout=20)
    assert said == f"hello {shared} {program.pid}\n"
    assert program.returncode == 0
    assert MOUNTS.read_text() == before


def test_a_killed_program_leaves_no_mount(root: Path, tmp_path: Path) -> None:
    before = MOUNTS.read_text()
    with subprocess.Popen(
        ["/bin/sh", "-c", "echo there; read never"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        preexec_fn=partial(enter, root, [tmp_path]),
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        own = Path(f"/proc/{program.pid}/mounts").read_text()
        assert str(root) not in MOUNTS.read_text() and own != before
        program.send_signal(signal.SIGKILL)
    assert MOUNTS.read_text() == before
    (root / str(tmp_path)[1:]).rmdir()  # nothing is mounted there


def test_another_program_is_started_as_it_stands() -> None:
    argv, enter_nothing = way_in(["/bin/sh", "-c", "exit"], Path("/"))
    assert argv == ["/bin/sh", "-c", "exit"]
    enter_nothing()


def test_the_servers_run_in_the_root_that_was_set_up(tmp_path: Path) -> None:
    sealed, python = paths.sealed_root(), paths.servers_python()
    if sealed is None or python is None:
        pytest.skip("scripts/setup --current-python was not run")
    code = "import os, signal, sys; print(os.getpid(), sys.prefix, os.getcwd()); signal.pause()"
    core = min(os.sched_getaffinity(0))
    folder = Path(tempfile.gettempdir())
    with Server("Python", [str(python), "-uc", code], folder, {}, (core,)) as server:
        while not server.log.endswith("\n"):
            server.check_alive()
        assert server.log == f"{server.pid} /venv {folder}\n"
        assert Path(f"/proc/{server.pid}/root").readlink() == sealed
