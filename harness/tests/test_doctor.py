"""What the doctor finds, and what it advises."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from contend.machine.doctor import Diagnosis, Facts, Finding, diagnose, read_facts
from contend.machine.environment import Machine
from msgspec.structs import replace

HEALTHY = Facts(
    machine=Machine("cpu", 4, "6.1", "performance", False, 1 << 33),
    usable_cores=4,
    busy_share=0.01,
    stolen_share=0.0,
    clock_source="tsc",
    open_files=1024,
    open_files_most=1 << 20,
    ports=(10_240, 65_535),
    somaxconn=4096,
    syn_backlog=4096,
    swapped_bytes=0,
)


def finding(diagnosis: Diagnosis, name: str) -> Finding:
    return next(one for one in diagnosis.findings if one.name == name)


def test_a_healthy_machine_has_nothing_to_mend() -> None:
    diagnosis = diagnose(HEALTHY)
    assert not diagnosis.spoils
    assert {one.state for one in diagnosis.findings} == {"ok"}
    assert len(diagnosis.findings) == 9


@pytest.mark.parametrize(
    ("facts", "name", "mend"),
    [
        (replace(HEALTHY, usable_cores=1), "cores", "two cores"),
        (replace(HEALTHY, busy_share=0.3), "other work", "top"),
        (replace(HEALTHY, stolen_share=0.02), "stolen time", "quieter hour"),
        (
            replace(HEALTHY, machine=replace(HEALTHY.machine, governor="powersave")),
            "CPU governor",
            "--governor performance",
        ),
        (replace(HEALTHY, clock_source="hpet"), "clock source", "clocksource=tsc"),
        (replace(HEALTHY, swapped_bytes=1 << 20), "swap", "swapoff"),
    ],
)
def test_what_spoils_a_measurement_is_named_with_its_mend(
    facts: Facts, name: str, mend: str
) -> None:
    diagnosis = diagnose(facts)
    assert diagnosis.spoils
    assert finding(diagnosis, name).state == "spoils"
    assert mend in finding(diagnosis, name).mend


@pytest.mark.parametrize(
    ("facts", "name", "why"),
    [
        (replace(HEALTHY, open_files_most=4096), "open files", "at most 3,996 connections"),
        (replace(HEALTHY, ports=(32_768, 40_000)), "local ports", "at most 7,233 connections"),
        (replace(HEALTHY, somaxconn=128), "somaxconn", "a second later"),
        (replace(HEALTHY, syn_backlog=256), "SYN backlog", "a second later"),
    ],
)
def test_what_limits_a_measurement_spoils_none(facts: Facts, name: str, why: str) -> None:
    diagnosis = diagnose(facts)
    assert not diagnosis.spoils
    assert finding(diagnosis, name).state == "limits"
    assert why in finding(diagnosis, name).why


def test_what_a_machine_does_not_say_is_not_judged() -> None:
    unknown = replace(
        HEALTHY,
        busy_share=None,
        stolen_share=None,
        clock_source=None,
        ports=None,
        somaxconn=None,
        syn_backlog=None,
        swapped_bytes=None,
    )
    names = {one.name for one in diagnose(unknown).findings}
    assert names == {"cores", "CPU governor", "open files"}


def test_this_machine_can_be_read() -> None:
    waited: list[float] = []
    facts = read_facts(waited.append)
    assert len(waited) == 1
    assert facts.usable_cores >= 1
    assert facts.open_files_most >= facts.open_files > 0


def test_the_command_gives_a_document_and_an_exit_code() -> None:
    command = [str(Path(sys.executable).with_name("contend")), "doctor", "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True)
    document = json.loads(done.stdout)
    assert document["schema"] == "contend.diagnosis/1"
    spoiled = any(one["state"] == "spoils" for one in document["findings"])
    assert done.returncode == (3 if spoiled else 0)
    for one in document["findings"]:
        assert one["name"] in done.stderr
        assert one["state"] == "ok" or (one["why"] and one["mend"])
