"""The flow of a suite in blocks, which are made by hand: stored, replaced, resumed, given up."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from contend.blocks.judge import judged
from contend.blocks.record import BlockRecord
from contend.errors import SuiteError
from contend.files import paths
from contend.runs.record import Run, stored
from contend.runs.store import RunWriter, read_run
from contend.runs.suite_run import (
    LANE_BYTES,
    MOST_FAILED_STARTS,
    PreparedSuite,
    Progress,
    Undecided,
    check_memory,
    header,
    most_lanes,
    prepare,
    run_suite,
)
from contend.suites.contract import read_contract, workload_names
from contend.suites.plan import Planned, PlannedBlock
from contend.suites.rest import RESTLESS_SHARE
from made_blocks import Made, failed_block, made_block
from made_workloads import add_backend, add_suite, make_workloads
from msgspec.structs import replace
from test_suite_run import CORES, ENVIRONMENT

MeasureBlock = Callable[[PlannedBlock], BlockRecord | None]


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    folder = make_workloads(tmp_path / "workloads")
    for name in "abc":
        add_backend(folder, name)
    return folder


@pytest.fixture
def prepared(workloads: Path) -> PreparedSuite:
    """Blocks take 10 s: of its 105 s, three stated ones of either workload and what goes around
    them leave room for four."""
    more = 'reference = "a"\nrounds = 2\n'
    path = add_suite(
        workloads, *"abc", starts=3, more=more, measure="blocks", asked=("hello", "other")
    )
    path.write_text(path.read_text().replace('"1m"', '"105s"'))
    return prepare(workloads, path, CORES)


@pytest.fixture
def writer(tmp_path: Path, prepared: PreparedSuite) -> Iterator[RunWriter]:
    with RunWriter.create(tmp_path / "results", header(prepared, ENVIRONMENT, CORES)) as one:
        yield one


def measured(planned: PlannedBlock) -> BlockRecord:
    group = planned.group
    lanes = dict.fromkeys(group.lanes, Made())
    return made_block(planned.number, lanes, workload=group.workload, apart=group.apart)


def spoilt(block: BlockRecord) -> BlockRecord:
    return judged(replace(block, bursts=()))


def run(
    prepared: PreparedSuite,
    writer: RunWriter,
    measure: MeasureBlock = measured,
    undecided: Undecided = lambda blocks: {},
    already: Sequence[BlockRecord] = (),
) -> Run:
    def measure_it(planned: Planned) -> BlockRecord | None:
        assert isinstance(planned, PlannedBlock)
        return measure(planned)

    run_suite(prepared, writer, already, measure_it, undecided)
    return read_run(writer.path)


def keys(found: Run) -> list[tuple[str, str, int]]:
    return sorted((one.workload, one.apart, one.number) for one in found.blocks)


BOTH = [(workload, "", number) for workload in ("hello", "other") for number in (1, 2, 3)]


def test_every_stated_block_is_stored(prepared: PreparedSuite, writer: RunWriter) -> None:
    found = run(prepared, writer)
    assert found.complete and keys(found) == BOTH
    assert [f"{one.workload}/block {one.number}" for one in found.blocks] == list(
        found.header.order
    )


def test_a_dropped_block_is_replaced(prepared: PreparedSuite, writer: RunWriter) -> None:
    def measure(planned: PlannedBlock) -> BlockRecord:
        block = measured(planned)
        return spoilt(block) if planned.key == "hello/block 2" else block

    found = run(prepared, writer, measure)
    assert found.complete and keys(found) == sorted([*BOTH, ("hello", "", 4)])
    assert [one.number for one in found.blocks if one.dropped] == [2]


def test_a_lane_that_failed_twice_leaves_and_the_rest_goes_on(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    def measure(planned: PlannedBlock) -> BlockRecord:
        if planned.group.workload == "hello" and "b" in planned.group.lanes:
            return failed_block(planned.number, "b", workload="hello", seconds=1.0)
        return measured(planned)

    found = run(prepared, writer, measure)
    assert found.complete
    hello = [one for one in found.blocks if one.workload == "hello"]
    failed = [one for one in hello if one.failed_lane == "b"]
    assert len(failed) == MOST_FAILED_STARTS and len(hello) == MOST_FAILED_STARTS + 3
    kept = [one for one in hello if one.dropped is None]
    assert {tuple(lane.name for lane in one.lanes) for one in kept} == {("a", "c")}
    others = [one for one in found.blocks if one.workload == "other"]
    assert {tuple(lane.name for lane in one.lanes) for one in others} == {("a", "b", "c")}


def test_a_workload_of_which_every_lane_failed_keeps_nobody_waiting(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    def measure(planned: PlannedBlock) -> BlockRecord:
        if planned.group.workload == "hello":
            lane = planned.group.lanes[0]
            return failed_block(planned.number, lane, workload="hello", seconds=1.0)
        return measured(planned)

    found = run(prepared, writer, measure)
    assert found.complete
    failures = [one.failed_lane for one in found.blocks if one.failed_lane]
    assert failures == ["a", "a", "b", "b", "c", "c"]
    assert sum(one.workload == "other" for one in found.blocks) == 3


def test_a_restless_lane_gets_blocks_beside_the_reference(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    def measure(planned: PlannedBlock) -> BlockRecord:
        block = measured(planned)
        busy = {"c": 20_000_000} if "c" in planned.group.lanes else {}
        bursts = (replace(one, idle_cpu_ns=busy if one.lane != "c" else {}) for one in block.bursts)
        return replace(block, bursts=tuple(bursts), seconds=4.0)

    found = run(prepared, writer, measure)
    assert found.complete
    lanes = {
        (one.workload, one.apart, one.number): "".join(lane.name for lane in one.lanes)
        for one in found.blocks
    }
    for workload in ("hello", "other"):
        assert [lanes[workload, "", n] for n in (1, 2)] == ["abc"] * 2, "in which it was found"
        assert lanes[workload, "", 3] == "ab"
        assert [lanes[workload, "c", n] for n in (1, 2, 3)] == ["ac"] * 3
    assert len(lanes) == 12


def test_a_lane_that_worked_in_one_block_alone_is_not_restless(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    """By the mean of three it has rested."""

    def measure(planned: PlannedBlock) -> BlockRecord:
        block = measured(planned)
        if planned.key != "hello/block 3":
            return block
        used = round(2.9 * RESTLESS_SHARE * block.bursts[0].duration_ns)
        bursts = (replace(one, idle_cpu_ns={"c": used}) for one in block.bursts)
        return replace(block, bursts=tuple(bursts))

    found = run(prepared, writer, measure)
    assert found.complete and keys(found) == BOTH


def test_a_restless_lane_is_known_from_all_joint_blocks_of_its_workload() -> None:
    def block(number: int, share: float, workload: str = "hello") -> BlockRecord:
        made = made_block(number, dict.fromkeys("abc", Made()), workload=workload)
        used = {"c": round(share * made.bursts[0].duration_ns)}
        bursts = (replace(one, idle_cpu_ns=used if one.lane != "c" else {}) for one in made.bursts)
        return replace(made, bursts=tuple(bursts))

    rested = made_block(4, dict.fromkeys("ab", Made()), workload="hello")
    first, quiet, other = block(1, 0.05), block(2, 0.0), block(1, 0.05, "other")
    (alone,) = stored((), [first]).blocks
    assert alone.is_kept and alone.restless == ()
    found = stored((), [first, other, quiet, rested]).blocks
    assert all(one.is_kept for one in found)
    assert [one.restless for one in found] == [("c",), (), ("c",), ()], "of other there is just one"


def test_what_is_undecided_gets_the_budgets_rest(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    found = run(prepared, writer, undecided=lambda blocks: {"other": 2})
    assert keys(found) == sorted([*BOTH, *(("other", "", n) for n in (4, 5, 6, 7))])


def looked_at() -> tuple[Undecided, list[int]]:
    """Hello is undecided as long as no more than its stated blocks are looked at."""
    seen: list[int] = []

    def undecided(blocks: Sequence[BlockRecord]) -> dict[str, int]:
        of_hello = [one for one in blocks if one.workload == "hello" and one.dropped is None]
        seen.append(len(of_hello))
        return {"hello": 1} if len(of_hello) <= 3 else {}

    return undecided, seen


def test_later_blocks_end_nothing_before_the_second_look(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    """Though one of them is dropped, so that the plan is asked for anew."""

    def measure(planned: PlannedBlock) -> BlockRecord:
        block = measured(planned)
        return spoilt(block) if planned.number == 5 else block

    undecided, seen = looked_at()
    found = run(prepared, writer, measure, undecided)
    assert [one[2] for one in keys(found) if one[0] == "hello"] == [1, 2, 3, 4, 5, 6, 7]
    assert set(seen) == {3}


@pytest.mark.parametrize("stops_after", [1, 4, 6, 7, 9])
def test_an_interrupted_run_goes_on_as_it_would_have(
    prepared: PreparedSuite, writer: RunWriter, tmp_path: Path, stops_after: int
) -> None:
    whole = header(prepared, ENVIRONMENT, CORES)
    with RunWriter.create(tmp_path / "whole", whole) as uninterrupted:
        wanted = run(prepared, uninterrupted, undecided=looked_at()[0])
    left = iter(range(stops_after))
    interrupted = run(
        prepared,
        writer,
        lambda planned: measured(planned) if next(left, None) is not None else None,
        looked_at()[0],
    )
    assert not interrupted.complete and len(interrupted.blocks) == stops_after
    again = run(prepared, writer, undecided=looked_at()[0], already=interrupted.blocks)
    assert again.complete
    assert [one.bursts for one in again.blocks] == [one.bursts for one in wanted.blocks]


def test_progress_counts_blocks_and_their_seconds(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    told: list[Progress] = []

    def measure(planned: Planned) -> BlockRecord:
        assert isinstance(planned, PlannedBlock)
        return measured(planned)

    run_suite(
        prepared, writer, (), measure, on_planned=lambda planned, progress: told.append(progress)
    )
    assert [(one.done, one.total) for one in told] == [(done, 6) for done in range(6)]
    assert told[0].left_s == pytest.approx(6 * (3 * 1.5 + 6 * 0.30)), "as is assumed"
    assert told[-1].left_s == 10.0, "as its blocks have shown"


def test_a_run_says_of_a_workload_that_it_is_calibrated(workloads: Path) -> None:
    path = add_suite(workloads, *"abc", measure="blocks", asked=("hello", "other"))
    contract = workloads / "hello.toml"
    contract.write_text(f"calibrated = true\n{contract.read_text()}")
    notes = header(prepare(workloads, path, CORES), ENVIRONMENT, CORES).workloads
    assert {name: one.is_calibrated for name, one in notes.items()} == {
        "hello": True,
        "other": False,
    }


def test_cpu_mix_alone_is_calibrated() -> None:
    folder = paths.workloads_dir()
    found = {name: read_contract(folder, name, folder) for name in workload_names(folder)}
    assert [name for name, one in found.items() if one.calibrated] == ["cpu-mix"]


def test_servers_that_would_not_fit_into_memory_are_refused(prepared: PreparedSuite) -> None:
    assert most_lanes(prepared.suite, ()) == 3
    assert most_lanes(prepared.suite, {("hello", "a"), ("other", "b")}) == 2
    check_memory("x.toml", 3, lambda: 3 * LANE_BYTES)
    check_memory("x.toml", 3, lambda: None)
    with pytest.raises(SuiteError) as caught:
        check_memory("x.toml", 30, lambda: 2**30)
    assert str(caught.value) == (
        "x.toml: a block has 30 servers alive, some 5.9 GiB, and 1.0 GiB are free; "
        'try fewer backends in a grid, or measure = "trials"'
    )
