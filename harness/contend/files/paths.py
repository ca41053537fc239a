"""Where things lie: in a checkout of contend, or in an installed wheel.

Pure look-ups, safe from any thread. In a checkout the package runs from harness/contend (an
editable install), beside the workloads that it measures; a wheel carries its own copy of them.
"""

import os
import shutil
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def checkout_root() -> Path | None:
    """The checkout that this package runs from, or None when it came from a wheel."""
    root = _PACKAGE.parent.parent
    is_checkout = _PACKAGE.parent.name == "harness" and (root / "CMakeLists.txt").is_file()
    return root if is_checkout else None


def workloads_dir() -> Path:
    """The contracts, backends and suites: the checkout's, else the wheel's own copy."""
    root = checkout_root()
    return root / "workloads" if root else _PACKAGE / "workloads"


def results_dir(chosen: Path | None = None) -> Path:
    """The store: `--results DIR`, else results/ of the checkout that this is called in, else
    ./contend-results/: what is measured in a folder of one's own stays there."""
    if chosen is not None:
        return chosen
    root = checkout_root()
    is_in_it = root is not None and Path.cwd().resolve().is_relative_to(root)
    return root / "results" if root and is_in_it else Path.cwd() / "contend-results"


def own_checkout(chosen: Path | None = None) -> Path | None:
    """The checkout whose own the store is; None for any other store."""
    root = checkout_root()
    return root if chosen is None and root and results_dir() == root / "results" else None


def contend_command() -> Path | None:
    """The harness's own command: `{contend}` in backend.toml, for the reference servers."""
    return _executable(Path(sys.executable).with_name("contend"))


def change_points_program() -> Path | None:
    """Apache Otava, in an environment of its own: its pins are not the harness's."""
    root = checkout_root()
    if root:
        return _executable(root / ".venv-otava" / "bin" / "otava")
    found = shutil.which("otava")
    return Path(found) if found else None


def sealed_root() -> Path | None:
    """The root that `scripts/setup --current-python` made; only root can enter it."""
    root = checkout_root()
    sealed = root / "build" / "current-python" if root and os.geteuid() == 0 else None
    return sealed if sealed and sealed.is_dir() else None


def servers_python() -> Path | None:
    """The measured servers' interpreter: `{python}` in backend.toml.

    In a checkout the one of the servers' own pinned environment, which is in the sealed root where
    there is one; a wheel has no such environment, so there it is the interpreter that the harness's
    environment was made from.
    """
    if sealed := sealed_root():
        return sealed / "venv" / "bin" / "python"
    root = checkout_root()
    if root:
        return _executable(root / ".venv-servers" / "bin" / "python")
    return _executable(Path(sys.base_prefix) / "bin" / Path(sys.executable).name)


def free_threaded_python() -> Path | None:
    """The measured servers' interpreter without a GIL: `{free_threaded_python}` in backend.toml.

    In the sealed root, where `scripts/setup --free-threaded` made it.
    """
    sealed = sealed_root()
    environment = sealed / "venv-free-threaded" if sealed else None
    is_made = environment and (environment / "servers.stamp").is_file()
    return environment / "bin" / "python" if environment and is_made else None


def made_from(interpreter: str) -> Path | None:
    """The python of .venv-servers, where that was made from this interpreter."""
    root = checkout_root()
    if root is None:
        return None
    settings = root / ".venv-servers" / "pyvenv.cfg"
    is_it = settings.is_file() and f"executable = {interpreter}\n" in settings.read_text()
    return settings.parent / "bin" / "python" if is_it else None


def servers_packages() -> Path | None:
    """Where the measured Python servers' packages are installed; a wheel has no such place."""
    root = checkout_root()
    if root is None:
        return None
    sealed = sealed_root()
    environment = sealed / "venv" if sealed else root / ".venv-servers"
    return next(environment.glob("lib/python3.*/site-packages"), None)


def node() -> Path | None:
    """The measured servers' Node.js: `{node}` in backend.toml.

    In a checkout the pinned one that `npm ci` brought; with a wheel the one on the PATH.
    """
    root = checkout_root()
    if root:
        return _executable(root / "workloads" / "backends" / "node_modules" / ".bin" / "node")
    found = shutil.which("node")
    return Path(found) if found else None


def _executable(path: Path) -> Path | None:
    return path if path.is_file() else None
