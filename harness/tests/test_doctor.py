"""What the doctor finds, and what it advises."""

import json
import re
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
    clock_read_ns=30,
    wake_up_p50_ns=5_000,
    wake_up_p99_ns=19_999,
)


def finding(diagnosis: Diagnosis, name: str) -> Finding:
    return next(one for one in diagnosis.findings if one.name == name)


def test_a_healthy_machine_has_nothing_to_mend() -> None:
    diagnosis = diagnose(HEALTHY)
    assert not diagnosis.spoils
    assert {one.state for one in diagnosis.findings} == {"ok"}
    assert len(diagnosis.findings) == 10


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
        (
            replace(HEALTHY, wake_up_p99_ns=1_000_000),
            "wake-ups",
            "--pacing auto polls for 1.00 ms before each send",
        ),
    ],
)
def test_what_limits_a_measurement_spoils_none(facts: Facts, name: str, why: str) -> None:
    diagnosis = diagnose(facts)
    assert not diagnosis.spoils
    assert finding(diagnosis, name).state == "limits"
    assert why in finding(diagnosis, name).why


@pytest.mark.parametrize(
    ("p99_ns", "state", "figure"),
    [
        (19_999, "ok", "late by 5.00 µs at p50, 20.0 µs at p99: --pacing auto or sleep"),
        (20_000, "ok", "late by 5.00 µs at p50, 20.0 µs at p99: --pacing auto"),
        (999_999, "ok", "late by 5.00 µs at p50, 1.00 ms at p99: --pacing auto"),
        (1_000_000, "limits", "late by 5.00 µs at p50, 1.00 ms at p99"),
    ],
)
def test_wake_ups_say_which_pacing_holds(p99_ns: int, state: str, figure: str) -> None:
    found = finding(diagnose(replace(HEALTHY, wake_up_p99_ns=p99_ns)), "wake-ups")
    assert (found.state, found.figure) == (state, figure)
    assert ("--pacing busy with --pin" in found.mend) is (state == "limits")


def test_what_reading_the_clock_takes_stands_beside_its_source() -> None:
    assert finding(diagnose(HEALTHY), "clock source").figure == "tsc, 30 ns a reading"
    slow = replace(HEALTHY, clock_source="hpet", clock_read_ns=1_200)
    assert finding(diagnose(slow), "clock source").figure == "hpet, 1200 ns a reading"
    unknown = replace(HEALTHY, clock_read_ns=None)
    assert finding(diagnose(unknown), "clock source").figure == "tsc"


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
        clock_read_ns=None,
        wake_up_p50_ns=None,
        wake_up_p99_ns=None,
    )
    names = {one.name for one in diagnose(unknown).findings}
    assert names == {"cores", "CPU governor", "open files"}


def test_this_machine_can_be_read() -> None:
    waited: list[float] = []
    facts = read_facts(waited.append)
    assert len(waited) == 1
    assert facts.usable_cores >= 1
    assert facts.open_files_most >= facts.open_files > 0
    assert (facts.clock_read_ns, facts.wake_up_p50_ns, facts.wake_up_p99_ns) == (None, None, None)


def test_what_was_measured_before_is_among_the_facts() -> None:
    facts = read_facts(lambda _: None, clock_read_ns=30, wake_ups_ns=(5_000, 60_000))
    assert facts.clock_read_ns == 30
    assert (facts.wake_up_p50_ns, facts.wake_up_p99_ns) == (5_000, 60_000)


def test_the_command_gives_a_document_and_an_exit_code() -> None:
    command = [str(Path(sys.executable).with_name("contend")), "doctor", "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True)
    document = json.loads(done.stdout)
    assert document["schema"] == "contend.diagnosis/1"
    (wake_ups,) = (one for one in document["findings"] if one["name"] == "wake-ups")
    assert re.match(r"late by \S+ [µm]s at p50, \S+ [µm]s at p99", wake_ups["figure"])
    spoiled = any(one["state"] == "spoils" for one in document["findings"])
    assert done.returncode == (3 if spoiled else 0)
    for one in document["findings"]:
        assert one["name"] in done.stderr
        assert one["state"] == "ok" or (one["why"] and one["mend"])
