"""A Python interpreter for measured servers, in its own words."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from contend.files import paths
from contend.servers.sealed_root import way_in

_ANSWER_TIMEOUT_S = 10.0


class Interpreter(msgspec.Struct, frozen=True):
    """What workloads/backends/interpreter.py has it say."""

    version: str
    current: str  # the newest release's X.Y
    suitable: bool
    optimised: bool
    free_threaded: bool
    gil: bool
    base: str  # what its environment was made from, or itself
    packages: str

    @property
    def line(self) -> str:
        """Its X.Y."""
        return ".".join(self.version.split(".")[:2])

    def __str__(self) -> str:
        """Its version, and what makes it another thing than the current release."""
        parts = [f"CPython {self.version}"]
        if self.free_threaded:
            parts.append("free-threaded, its GIL on" if self.gil else "free-threaded")
        if self.line != self.current:
            parts.append(f"not the current release ({self.current})")
        if not self.optimised:
            parts.append("built without optimisation")
        return ", ".join(parts)


def ask(python: Path, env: Mapping[str, str] | None = None) -> Interpreter | None:
    """With `env` added to the environment. None where there is no Python that can be started."""
    program = paths.workloads_dir() / "backends" / "interpreter.py"
    argv, enter = way_in([str(python), str(program)], program.parent)
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            check=True,
            timeout=_ANSWER_TIMEOUT_S,
            cwd=program.parent,
            env={**os.environ, **(env or {})},
            preexec_fn=enter,
        )
        return msgspec.json.decode(done.stdout, type=Interpreter)
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError):
        return None
