"""What a machine says of itself, read from files that a test makes up."""

import os
import platform
from pathlib import Path

import pytest
from contend.machine.environment import Machine
from contend.machine.read_environment import program_version, read_environment, read_machine

CPUINFO = """\
processor\t: 0
model name\t: Some CPU @ 2.10GHz
flags\t\t: fpu vme hypervisor sse2

processor\t: 1
model name\t: Another
flags\t\t: fpu
"""
GOVERNOR = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"


def test_a_machine_is_read_from_its_files() -> None:
    files = {
        "/proc/cpuinfo": CPUINFO,
        "/proc/meminfo": "MemTotal:        1000 kB\nMemFree:   5 kB\n",
        GOVERNOR: "performance\n",
    }
    found = read_machine(files.get)
    assert found.cpu_model == "Some CPU @ 2.10GHz"
    assert found.cores == os.cpu_count()
    assert found.kernel == platform.release()
    assert found.governor == "performance"
    assert found.virtualised is True
    assert found.memory_bytes == 1_024_000


def test_what_a_machine_does_not_say_is_null() -> None:
    found = read_machine(lambda _: None)
    assert (found.cpu_model, found.governor, found.virtualised, found.memory_bytes) == (None,) * 4
    bare = read_machine({"/proc/cpuinfo": "flags\t: fpu\n"}.get)
    assert bare.virtualised is False


def test_this_machine_is_the_same_when_read_twice() -> None:
    assert read_environment() == read_environment()
    found = read_environment("a server", {"node": "26"})
    assert found.software.server == "a server"
    assert found.software.versions == {"python": platform.python_version(), "node": "26"}
    assert found.software.engine_hash is not None
    assert len(found.software.engine_hash) == 12


@pytest.mark.parametrize(
    ("says", "version"), [("v26.1.0", "26.1.0"), ("Python 3.11.2", "3.11.2"), ("", None)]
)
def test_a_program_says_its_version(tmp_path: Path, says: str, version: str | None) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)
    assert program_version(program) == version


def test_a_program_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    assert program_version(tmp_path / "none") is None


def test_two_boots_of_a_machine_are_one_machine() -> None:
    def machine(kib: int) -> Machine:
        found = read_machine({"/proc/meminfo": f"MemTotal: {kib} kB\n"}.get)
        return found.compared

    assert machine(24_684_084) == machine(24_684_076)
    assert machine(24_684_084) != machine(16_384_000)
    assert read_machine(lambda _: None).compared.memory_bytes is None
