"""The gate tried on itself: what is measured, stored, and said of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Contend
from contend.blocks.record import BlockRecord
from contend.errors import NotValidError, StoreError
from contend.gate.block import NOTHING, GateHeader, GateRun
from contend.gate.certificate import certificate_path, key, read_certificate, write
from contend.gate.decide import least_blocks
from contend.gate.document import REGRESSION
from contend.gate.error_rates import Draws, certify, grown
from contend.gate.figures import FIGURES
from contend.gate.injection import BASELINE_COMMAND, INJECTIONS, URL, Injection
from contend.gate.injection_run import least_time_s, plan, run_injections, stored_gates
from contend.gate.own_halves import judge_own_halves
from contend.gate.work_server import work
from contend.reports.gate_certificate_text import render
from contend.stats.binomial import lower, upper
from msgspec.structs import replace
from test_gate_decide import block
from test_gate_run import ENVIRONMENT, HEADER

FEW = Draws(gates=50, of_a_change=20)
HARDLY_ANY = Draws(gates=4, of_a_change=2)  # where it does not matter what they say


def header_of(one: Injection, blocks: int) -> GateHeader:
    return replace(
        HEADER,
        baseline=BASELINE_COMMAND,
        candidate=one.candidate,
        url=URL,
        injected=one.name,
        most_blocks=blocks,
    )


def tried(
    folder: Path, measure: Callable[[Injection, int], BlockRecord | None], blocks: int = 15
) -> bool:
    headers = {one: header_of(one, blocks) for one in INJECTIONS}
    return run_injections(folder, headers, measure, seed=1)


def worse_by(one: Injection, number: int) -> BlockRecord:
    """Each block of each injection with noise of its own."""
    factor = {"+3% CPU": 1.03, "+5% CPU": 1.05, "+1% CPU": 1.01}.get(one.name, 1.0)
    return block(1000 * INJECTIONS.index(one) + number, worse=factor)


def test_there_is_time_for_a_gate_of_each() -> None:
    for of_it in (plan(least_time_s()), plan(1200.0)):
        assert min(of_it.values()) >= least_blocks() and set(of_it) == set(INJECTIONS)
    assert plan(3600.0)[INJECTIONS[0]] == 105


def test_blocks_come_mixed_and_each_injection_is_a_stored_gate(tmp_path: Path) -> None:
    order: list[str] = []

    def measure(one: Injection, number: int) -> BlockRecord:
        order.append(one.name)
        return worse_by(one, number)

    assert tried(tmp_path, measure)
    assert len(set(order[: len(INJECTIONS) * 2])) > 3
    runs = stored_gates(tmp_path, ENVIRONMENT.machine)
    assert {run.header.injected for run in runs} == {one.name for one in INJECTIONS}
    assert all(run.complete and len(run.blocks) == 15 for run in runs)
    assert stored_gates(tmp_path, replace(ENVIRONMENT.machine, kernel="9")) == []


def test_an_interrupted_trial_keeps_its_blocks(tmp_path: Path) -> None:
    def measure(one: Injection, number: int) -> BlockRecord | None:
        return worse_by(one, number) if number < 3 else None

    assert not tried(tmp_path, measure)
    runs = stored_gates(tmp_path, ENVIRONMENT.machine)
    assert not any(run.complete for run in runs) and any(run.blocks for run in runs)


@pytest.mark.slow
def test_a_certificate_says_what_is_found_and_what_is_not(tmp_path: Path) -> None:
    tried(tmp_path, worse_by)
    found = certify(stored_gates(tmp_path, ENVIRONMENT.machine), 600.0, FEW)
    assert found.blocks == 15 and found.dropped_blocks == 0
    assert (found.live.found, found.live.of) == (0, 1)
    assert found.drawn.found <= 3 and found.drawn.of == 50  # of blocks as few as these
    assert found.drawn.bound == pytest.approx(upper(found.drawn.found, 50))
    by_name = {one.name: one for one in found.injected}
    assert NOTHING not in by_name
    five = by_name["+5% CPU"]
    assert five.ratios["server_cpu_per_request"] == pytest.approx(1.05, rel=0.02)
    assert five.regressions.found >= 45 and five.regressions.bound < 1
    cpu = found.figures[0]
    assert cpu.sigma is not None and 0.005 < cpu.sigma < 0.04
    assert cpu.smallest_change is not None and cpu.delta < cpu.smallest_change < 0.1
    assert cpu.passes_at_delta is not None and cpu.passes_at_twice is not None
    assert cpu.passes_at_delta.of == FEW.of_a_change
    assert cpu.passes_at_twice.found <= cpu.passes_at_delta.found <= 0.5 * FEW.of_a_change
    assert cpu.passes_at_twice.bound == pytest.approx(upper(cpu.passes_at_twice.found, 20))
    tail = found.figures[-1]
    assert (tail.smallest_change, tail.passes_at_delta, tail.passes_at_twice) == (None, None, None)
    needed = [one.name for one in FIGURES if not one.is_optional]
    assert [one.name for one in found.figures] == needed


def test_the_same_blocks_give_the_same_certificate(tmp_path: Path) -> None:
    tried(tmp_path, worse_by, blocks=12)
    runs = stored_gates(tmp_path, ENVIRONMENT.machine)
    assert certify(runs, 600.0, HARDLY_ANY) == certify(runs, 600.0, HARDLY_ANY)


def test_too_few_blocks_certify_nothing(tmp_path: Path) -> None:
    tried(tmp_path, worse_by, blocks=5)
    with pytest.raises(NotValidError, match="5 of 5 blocks of equal servers could be used"):
        certify(stored_gates(tmp_path, ENVIRONMENT.machine), 600.0, FEW)


def test_a_gate_between_equals_counts_as_one_more(tmp_path: Path) -> None:
    tried(tmp_path, worse_by)
    runs = stored_gates(tmp_path, ENVIRONMENT.machine)
    own = replace(runs[0], header=replace(HEADER, baseline="same", candidate="same"))
    assert certify([*runs, own], 600.0, HARDLY_ANY).live.of == 2


def test_a_later_gate_adds_the_halves_of_its_own_baseline(tmp_path: Path) -> None:
    tried(tmp_path, worse_by)
    runs = stored_gates(tmp_path, ENVIRONMENT.machine)
    before = certify(runs, 600.0, HARDLY_ANY)
    assert (before.own_halves.found, before.own_halves.of) == (0, len(INJECTIONS))
    worse = tuple(block(number, worse=1.2) for number in range(1, 13))
    later = GateRun("later", HEADER, worse, complete=True)
    assert judge_own_halves(later) == judge_own_halves(later)
    assert judge_own_halves(later).verdict != REGRESSION  # whatever the candidate did
    after = grown(before, later)
    assert (after.own_halves.of, after.live) == (before.own_halves.of + 1, before.live)
    assert after.own_halves.bound == pytest.approx(upper(0, after.own_halves.of))
    assert after == certify([*runs, later], 600.0, HARDLY_ANY)
    assert grown(before, replace(later, complete=False)) == before


def test_a_later_alarm_between_equals_is_counted(tmp_path: Path) -> None:
    tried(tmp_path, worse_by)
    before = certify(stored_gates(tmp_path, ENVIRONMENT.machine), 600.0, HARDLY_ANY)
    same = replace(HEADER, baseline="same", candidate="same")
    blocks = tuple(block(number, worse=1.2) for number in range(1, 13))
    after = grown(before, GateRun("later", same, blocks, complete=True))
    assert (after.live.found, after.live.of) == (1, before.live.of + 1)


def test_a_certificate_is_kept_by_machine(tmp_path: Path) -> None:
    tried(tmp_path, worse_by, blocks=12)
    found = certify(stored_gates(tmp_path, ENVIRONMENT.machine), 600.0, HARDLY_ANY)
    path = certificate_path(tmp_path, ENVIRONMENT.machine)
    assert read_certificate(path) is None
    write(path, found)
    assert read_certificate(path) == found
    assert key(ENVIRONMENT.machine) in path.name
    assert key(replace(ENVIRONMENT.machine, cores=4)) != key(ENVIRONMENT.machine)
    path.write_text("{}")
    with pytest.raises(StoreError, match="no certificate"):
        read_certificate(path)


@pytest.mark.slow
def test_a_certificate_without_passes_is_read_and_shown(tmp_path: Path) -> None:
    tried(tmp_path, worse_by, blocks=12)
    found = certify(stored_gates(tmp_path, ENVIRONMENT.machine), 600.0, FEW)
    path = certificate_path(tmp_path, ENVIRONMENT.machine)
    write(path, found)
    document = json.loads(path.read_text())
    for one in document["figures"]:
        del one["passes_at_delta"], one["passes_at_twice"]
    path.write_text(json.dumps(document))
    older = read_certificate(path)
    assert older is not None and older.figures[0].passes_at_twice is None
    shown = [[line.plain for line in render(one, path)][:2] for one in (found, older)]
    assert all("at twice that" in head for head, _ in shown)
    assert " of 20 (≤" in shown[0][1] and " of 20 (≤" not in shown[1][1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--max-time", "5m"], "take 15 min at least; try --max-time 15m"),
        (["--candidate", "x"], "it runs servers of its own"),
    ],
)
def test_what_cannot_be_tried_is_said(given: list[str], said: str, contend: Contend) -> None:
    done = contend("gate", "--error-rates", *given)
    assert done.code == 2 and said in done.complaint


def test_bounds_are_exact() -> None:
    assert upper(0, 299) == pytest.approx(0.01, abs=1e-4)
    assert lower(59, 59) == pytest.approx(0.95, abs=1e-3)
    assert (upper(5, 5), lower(0, 5)) == (1.0, 0.0)


def test_work_is_counted_in_rounds() -> None:
    assert work(0) == 0 and work(10) != work(11)
