"""What Python servers run on, and what their rows say of it."""

import json
import sys
from pathlib import Path

import pytest
from conftest import Contend
from contend.errors import UsageError
from contend.files import paths
from contend.servers import interpreter
from contend.servers.program import missing_runtime, runtime, start_command
from contend.servers.runtimes import runtimes, using
from contend.suites.backend import Place, read_backend

WORKLOADS = paths.workloads_dir()
USUAL = {
    "version": "3.15.1",
    "current": "3.15",
    "suitable": True,
    "optimised": True,
    "free_threaded": False,
    "gil": True,
    "base": "/usr/bin/python3.15",
    "packages": "/nowhere",
}
FREE = {"suitable": False, "free_threaded": True, "gil": False}
PLACE = Place(1, 1, "", "", "", 1)


def fake_python(folder: Path, **differs: object) -> Path:
    """It answers whatever it is asked with this."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\necho '{json.dumps(USUAL | differs)}'\n", encoding="utf-8")
    python.chmod(0o755)
    return python


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        ({}, "CPython 3.15.1"),
        ({"optimised": False}, "CPython 3.15.1, built without optimisation"),
        ({"version": "3.14.2"}, "CPython 3.14.2, not the current release (3.15)"),
        (FREE, "CPython 3.15.1, free-threaded"),
        (FREE | {"gil": True}, "CPython 3.15.1, free-threaded, its GIL on"),
    ],
)
def test_a_row_says_what_its_interpreter_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, differs: dict[str, object], words: str
) -> None:
    python = fake_python(tmp_path, **differs)
    monkeypatch.setattr("contend.files.paths.servers_python", lambda: python)
    assert runtime(read_backend(WORKLOADS, "python-threads", WORKLOADS)) == words


def test_an_interpreter_tells_of_itself() -> None:
    found = interpreter.ask(Path(sys.executable))
    assert found is not None
    assert found.version.split(".")[:2] == [str(part) for part in sys.version_info[:2]]
    assert Path(found.packages).is_relative_to(sys.prefix)
    assert Path(found.base) == Path(sys.executable).resolve()


def test_what_is_no_python_tells_nothing(tmp_path: Path) -> None:
    assert interpreter.ask(tmp_path / "python") is None
    assert interpreter.ask(Path("/bin/true")) is None


def test_the_current_release_is_the_newest_that_packages_are_pinned_for() -> None:
    found = interpreter.ask(Path(sys.executable))
    locks = [int(one.stem.split(".")[1]) for one in WORKLOADS.glob("backends/python3.*.lock")]
    assert found is not None and found.current == f"3.{max(locks)}"


def test_a_free_threaded_interpreter_runs_what_is_made_for_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contend.files.paths.free_threaded_python", lambda: None)
    python = fake_python(tmp_path, **FREE)
    backend = read_backend(WORKLOADS, "python-threads-free-threaded", WORKLOADS)
    usual = runtimes()["python"]
    assert missing_runtime(backend) == (
        "needs a free-threaded interpreter: scripts/setup --free-threaded, or --python PATH"
    )
    with using(python):
        assert missing_runtime(backend) is None
        assert start_command(backend, PLACE)[0] == str(python)
        assert runtime(backend) == "CPython 3.15.1, free-threaded"
        assert runtimes()["python"] == usual
    assert missing_runtime(backend) is not None


def test_a_free_threaded_interpreter_that_is_given_stands_before_the_one_that_was_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, given = tmp_path / "made", tmp_path / "given"
    for folder in (made, given):
        folder.mkdir()
    own = fake_python(made, **FREE)
    monkeypatch.setattr("contend.files.paths.free_threaded_python", lambda: own)
    backend = read_backend(WORKLOADS, "fastapi-free-threaded", WORKLOADS)
    assert start_command(backend, PLACE)[0] == str(own)
    with using(own):
        assert start_command(backend, PLACE)[0] == str(own)
    with using(fake_python(given, **FREE, packages=str(given))):
        assert missing_runtime(backend) == "needs package: uvicorn"
        (given / "uvicorn").mkdir()
        assert start_command(backend, PLACE)[0] == str(given / "python")
    assert start_command(backend, PLACE)[0] == str(own)


def test_a_free_threaded_interpreter_is_there_once_its_packages_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contend.files.paths.sealed_root", lambda: tmp_path)
    assert paths.free_threaded_python() is None
    environment = tmp_path / "venv-free-threaded"
    environment.mkdir()
    assert paths.free_threaded_python() is None
    (environment / "servers.stamp").touch()
    assert paths.free_threaded_python() == environment / "bin" / "python"
    monkeypatch.setattr("contend.files.paths.sealed_root", lambda: None)
    assert paths.free_threaded_python() is None


def test_an_environment_with_the_pinned_packages_runs_the_others() -> None:
    python = paths.servers_python()
    with using(python):
        assert runtimes()["python"].path == python


def test_the_interpreter_that_the_environment_was_made_from_stands_for_it() -> None:
    root = paths.checkout_root()
    own = root / ".venv-servers" / "bin" / "python" if root else Path("/nowhere")
    found = interpreter.ask(own)
    if found is None:
        pytest.skip("scripts/setup was not run")
    with using(Path(found.base)):
        assert runtimes()["python"].path == own


@pytest.mark.parametrize(
    ("differs", "why"),
    [
        ({"suitable": False}, "Python 3.15.1 is no release that packages are pinned for"),
        ({"version": "3.10.4"}, "Python 3.10.4 is no release that packages are pinned for"),
        ({}, "is not installed; try scripts/setup --python "),
    ],
)
def test_another_is_refused(tmp_path: Path, differs: dict[str, object], why: str) -> None:
    with pytest.raises(UsageError) as caught, using(fake_python(tmp_path, **differs)):
        pass
    assert why in str(caught.value)


def test_no_interpreter_is_refused(contend: Contend) -> None:
    said = contend("suite", "quick", "--python", "/nowhere/python")
    assert said.code == 2
    assert said.err == (
        "contend: --python /nowhere/python: no Python can be started there; "
        "try the path of an interpreter\n"
    )
