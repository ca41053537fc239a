"""What measured servers run on: the programs that a backend.toml names as {placeholders}."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from contend.errors import SuiteError, UsageError
from contend.files import paths
from contend.machine.read_environment import contend_version, program_version
from contend.servers import interpreter
from contend.servers.python_packages import read_python_packages


class Runtime(NamedTuple):
    path: Path | None
    missing: str  # what is said where there is none
    packages: Path | None = None  # of one that may lack some: where those are that it has


class _Given(NamedTuple):
    path: Path
    packages: Path | None = None


_chosen: dict[str, _Given] = {}  # by placeholder: what using() was given


def runtimes() -> dict[str, Runtime]:
    """By placeholder. One that was given stands before what scripts/setup made."""
    found = {
        "python": Runtime(
            paths.servers_python(),
            "the servers' Python environment is missing: needs scripts/setup",
        ),
        "free_threaded_python": Runtime(
            paths.free_threaded_python(),
            "needs a free-threaded interpreter: scripts/setup --free-threaded, or --python PATH",
        ),
        "node": Runtime(paths.node(), "Node.js is missing: needs scripts/setup"),
        "contend": Runtime(
            paths.contend_command(), "the contend command is missing: needs scripts/setup"
        ),
    }
    return found | {word: found[word]._replace(**one._asdict()) for word, one in _chosen.items()}


def described(word: str, path: Path, env: Mapping[str, str]) -> str:
    """Name and version of a runtime, as it says them when it has `env` in its environment."""
    if word == "contend":
        return f"contend {contend_version()}"
    if word == "node":
        return f"Node.js {program_version(path) or 'of unknown version'}"
    return str(interpreter.ask(path, env) or "CPython of unknown version")


@contextmanager
def using(python: Path | None) -> Iterator[None]:
    """Servers run on this interpreter, where one is given: on a free-threaded one those alone that
    are made for it. Raises UsageError where it is none, or lacks what is pinned for servers."""
    if python is not None:
        word, given = _choice(python)
        _chosen[word] = given
    try:
        yield
    finally:
        _chosen.clear()


def _choice(python: Path) -> tuple[str, _Given]:
    """The placeholder that stands for it, and its environment."""
    path = Path(shutil.which(python) or python).absolute()
    own = {"python": paths.servers_python(), "free_threaded_python": paths.free_threaded_python()}
    for word, made in own.items():
        if path == made:
            return word, _Given(path)
    what = f"--python {python}"
    found = interpreter.ask(path)
    if found is None:
        raise UsageError(what, "no Python can be started there", "the path of an interpreter")
    if found.free_threaded:
        return "free_threaded_python", _Given(path, Path(found.packages))
    backends = paths.workloads_dir() / "backends"
    lines = [one.stem.removeprefix("python") for one in sorted(backends.glob("python3.*.lock"))]
    if not found.suitable or found.line not in lines:
        why = f"Python {found.version} is no release that packages are pinned for"
        raise UsageError(what, why, f"a CPython of {', '.join(lines)}")
    lock = backends / f"python{found.line}.lock"
    try:
        read_python_packages(lock, Path(found.packages))
    except SuiteError as error:
        environment = paths.made_from(found.base)
        if environment is None:
            raise UsageError(what, error.why, f"scripts/setup --python {python}") from None
        return "python", _Given(environment)
    return "python", _Given(path)
