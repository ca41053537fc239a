"""Reads what a figure is measured with, from this machine."""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

from contend.machine.environment import Environment, Machine, Software

_VERSION_TIMEOUT_S = 10.0


def read_environment(
    server: str | None = None, versions: dict[str, str] | None = None
) -> Environment:
    return Environment(
        machine=read_machine(),
        software=Software(
            contend=contend_version(),
            engine_hash=_engine_hash(),
            server=server,
            versions={"python": platform.python_version(), **(versions or {})},
        ),
    )


def read_machine(read: Callable[[str], str | None] | None = None) -> Machine:
    """`read` gives the text of a file of /proc or /sys, or None where there is none."""
    read = read or _read_file
    cpuinfo = read("/proc/cpuinfo") or ""
    governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    memory_kib = _field(read("/proc/meminfo") or "", "MemTotal")
    flags = _field(cpuinfo, "flags")
    return Machine(
        cpu_model=_field(cpuinfo, "model name"),
        cores=os.cpu_count() or 1,
        kernel=platform.release(),
        governor=governor.strip() if governor else None,
        virtualised="hypervisor" in flags.split() if flags is not None else None,
        memory_bytes=int(memory_kib.split()[0]) * 1024 if memory_kib else None,
    )


def program_version(program: Path) -> str | None:
    """What `program --version` says, without the program's own name."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    words = said.stdout.split()
    return words[-1].removeprefix("v") if words else None


def _field(text: str, name: str) -> str | None:
    """The value of the first `name : value` line."""
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() == name:
            return value.strip()
    return None


def _read_file(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def contend_version() -> str:
    try:
        return importlib.metadata.version("contend")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


@cache
def _engine_hash() -> str | None:
    """Twelve hex digits of the extension's SHA-256, found without loading it."""
    try:
        spec = importlib.util.find_spec("contend._engine")
    except ModuleNotFoundError:
        return None
    if spec is None or spec.origin is None:
        return None
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()[:12]
