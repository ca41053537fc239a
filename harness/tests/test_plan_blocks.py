"""The plan of blocks: groups of lanes, what is stated, and how the rest of the budget is dealt."""

from collections import Counter
from collections.abc import Collection, Iterable

import pytest
from contend.durations import S_NS
from contend.errors import SuiteError
from contend.suites.cells import Cell, Group, Pair, groups, loads_of, turns
from contend.suites.plan import (
    AROUND_BURST_S,
    AROUND_S,
    EXTRA_STARTS,
    MOST_TIMES,
    START_S,
    STATED,
    WARM_UP_S,
    WIDE,
    Finished,
    FinishedBlock,
    Planned,
    PlannedBlock,
    PlannedTrial,
    Stored,
    block_s,
    check_budget,
    plan,
    stated_s,
    trial_s,
)
from contend.suites.suite import BURST_NS, OPEN_BURST_NS, Grid, Suite
from hypothesis import given
from hypothesis import strategies as st

HELLO, JSON, COLD = "hello", "json", "cold"
BLOCKS = Grid(("a", "b", "c"), (HELLO, JSON), measure="blocks")
BUSY = Grid(("a", "b"), (HELLO,), "poisson", busy=(0.3, 0.6), measure="blocks")
TRIALS = Grid(("a", "b"), (COLD,), measure="trials")


def suite(*grid: Grid, budget: str = "1h", starts: int = 3, seed: int = 3) -> Suite:
    return Suite(
        title="test",
        budget=budget,
        seed=seed,
        grid=grid,
        starts=starts,
        rounds=2,
        warmup="0s",
        duration="300ms",
        reference="a",
    )


def blocks(planned: Iterable[Planned]) -> list[PlannedBlock]:
    return [one for one in planned if isinstance(one, PlannedBlock)]


def kept(one: PlannedBlock, seconds: float = 10.0, is_kept: bool = True) -> FinishedBlock:
    return FinishedBlock(one.group.workload, one.group.apart, one.number, seconds, is_kept)


def ended(planned: Iterable[Planned], seconds: float = 10.0) -> Stored:
    """All of it, without a fault."""
    every = list(planned)
    trials = (Finished(one, True) for one in every if isinstance(one, PlannedTrial))
    return Stored(tuple(trials), tuple(kept(one, seconds) for one in blocks(every)))


def and_then(stored: Stored, *more: FinishedBlock) -> Stored:
    return Stored(stored.trials, stored.blocks + more)


def by_group(planned: Iterable[Planned]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in blocks(planned):
        found.setdefault(one.group.key, []).append(one.number)
    return found


def test_a_group_has_all_lanes_of_its_workload() -> None:
    asked = suite(BLOCKS, BUSY, Grid(("d",), (JSON,), connections=8, measure="blocks"))
    assert groups(asked, ()) == [Group(HELLO, ("a", "b", "c")), Group(JSON, ("a", "b", "c", "d"))]
    assert groups(asked, {(HELLO, "b"), (JSON, "a")}) == [
        Group(HELLO, ("a", "c")),
        Group(JSON, ("b", "c", "d")),
    ]
    assert groups(asked, {(JSON, name) for name in "abcd"}) == [Group(HELLO, ("a", "b", "c"))]


def test_a_lane_has_the_loads_of_its_grids() -> None:
    asked = suite(BLOCKS, BUSY)
    assert [load.word for load, _ in turns(asked, HELLO)] == [
        "closed-c64",
        "poisson-30%-busy-c64",
        "poisson-60%-busy-c64",
    ]
    assert {rounds for _, rounds in turns(asked, HELLO)} == {2}
    assert len(loads_of(asked, HELLO, "a")) == 3
    assert loads_of(asked, HELLO, "c") == loads_of(asked, JSON, "a") == ("closed-c64",)


def test_stated_blocks_and_trials_are_interleaved() -> None:
    found = plan(suite(BLOCKS, TRIALS), ())
    assert by_group(found) == {HELLO: [1, 2, 3], JSON: [1, 2, 3]}
    assert {one.stage for one in found} == {STATED}
    for turn in range(3):
        of_it = found[4 * turn : 4 * turn + 4]
        assert {one.key for one in of_it} == {
            f"hello/block {turn + 1}",
            f"json/block {turn + 1}",
            f"cold/a/closed-c64/{turn + 1}",
            f"cold/b/closed-c64/{turn + 1}",
        }
    assert plan(suite(BLOCKS, TRIALS), ()) == found
    kinds = [[type(one) for one in found[at : at + 4]] for at in (0, 4, 8)]
    assert len({tuple(one) for one in kinds}) > 1, "in an order of its own each time"


def test_a_group_has_a_seed_that_its_blocks_share() -> None:
    """Block by block the number is drawn from too."""
    seeds = {one.group.workload: one.seed for one in blocks(plan(suite(BLOCKS), ()))}
    assert len(set(seeds.values())) == 2
    assert seeds != {
        one.group.workload: one.seed for one in blocks(plan(suite(BLOCKS, seed=4), ()))
    }


def test_what_is_stored_is_not_planned_again() -> None:
    asked = suite(BLOCKS, TRIALS)
    found = plan(asked, ())
    assert plan(asked, (), ended(found[:5])) == found[5:]
    assert plan(asked, (), ended(found)) == []


def test_a_dropped_block_is_replaced() -> None:
    asked = suite(BLOCKS)
    first = blocks(plan(asked, ()))
    lost = [kept(one, is_kept=one.key != "json/block 2") for one in first]
    left = plan(asked, (), Stored((), tuple(lost)))
    assert [one.key for one in left] == ["json/block 4"] and left[0].stage == STATED


def replaced(asked: Suite, seconds: float = 1.0, keeps: int = 0) -> int:
    """Blocks of hello that are planned while each of them is dropped but the first ones."""
    stored = Stored()
    while left := blocks(plan(asked, (), stored, {HELLO: 5})):
        stored = and_then(stored, kept(left[0], seconds, is_kept=left[0].number <= keeps))
        assert len(stored.blocks) < 100
    return len(stored.blocks)


def test_replacements_have_a_bound() -> None:
    hello = Grid(("a", "b"), (HELLO,), measure="blocks")
    most = replaced(suite(hello))
    assert 3 + 3 * EXTRA_STARTS <= most <= 3 * MOST_TIMES


def test_lanes_that_failed_leave_the_group_and_the_rest_goes_on() -> None:
    asked = suite(BLOCKS)
    failed = [FinishedBlock(HELLO, "", number, 2.0, False) for number in (1, 2)]
    left = blocks(plan(asked, {(HELLO, "b")}, Stored((), tuple(failed))))
    assert by_group(left) == {HELLO: [3, 4, 5], JSON: [1, 2, 3]}
    lanes = {one.group.workload: one.group.lanes for one in left}
    assert lanes == {HELLO: ("a", "c"), JSON: ("a", "b", "c")}


def test_a_lane_that_can_not_rest_gets_blocks_beside_the_reference() -> None:
    asked = suite(BLOCKS)
    burned = FinishedBlock(HELLO, "", 1, 10.0, is_kept=False, restless=("b",))
    stored = Stored((), (burned,))
    left = blocks(plan(asked, (), stored))
    assert by_group(left) == {HELLO: [2, 3, 4], JSON: [1, 2, 3], "hello/b": [1, 2, 3]}
    lanes = {one.group.key: one.group.lanes for one in left}
    assert lanes == {HELLO: ("a", "c"), JSON: ("a", "b", "c"), "hello/b": ("a", "b")}
    assert {one.key for one in left if one.group.apart} == {
        f"hello/b/block {number}" for number in (1, 2, 3)
    }
    done = and_then(stored, *map(kept, left))
    assert plan(asked, (), done) == []


def test_the_reference_itself_never_stands_apart() -> None:
    burned = FinishedBlock(HELLO, "", 1, 10.0, is_kept=False, restless=("a",))
    left = blocks(plan(suite(BLOCKS), (), Stored((), (burned,))))
    assert {one.group for one in left if one.group.workload == HELLO} == {Group(HELLO, ("b", "c"))}


def wide(
    asked: Suite, undecided: dict[str, int], left_out: Collection[Pair] = (), seconds: float = 10.0
) -> tuple[Stored, list[Planned]]:
    """What is planned once everything that is stated is stored."""
    stored = ended(plan(asked, left_out), seconds)
    assert plan(asked, left_out, stored) == []
    return stored, plan(asked, left_out, stored, undecided)


def test_the_rest_goes_to_what_is_undecided_only() -> None:
    """Of 105 s 60 are spent, and 5 are what goes around it: four blocks of 10 s."""
    assert AROUND_S == 5
    _, found = wide(suite(BLOCKS, budget="105s"), {HELLO: 2, JSON: 0})
    assert by_group(found) == {HELLO: [4, 5, 6, 7]}
    assert {one.stage for one in found} == {WIDE}
    _, found = wide(suite(BLOCKS, budget="105s"), {HELLO: 2, JSON: 9})
    assert by_group(found) == {HELLO: [4, 5], JSON: [4, 5]}
    _, found = wide(suite(BLOCKS, budget="104s"), {HELLO: 2, JSON: 9})
    assert sorted(map(len, by_group(found).values())) == [1, 2]
    assert wide(suite(BLOCKS, budget="105s"), {})[1] == []
    assert wide(suite(BLOCKS, budget="74s"), {HELLO: 2})[1] == []


def test_what_trials_take_is_not_dealt() -> None:
    asked = suite(BLOCKS, TRIALS, budget="105s")
    takes_s = 6 * trial_s(asked, Cell(COLD, "a", "closed", 64))
    assert 0 < takes_s < 10
    assert len(wide(asked, {HELLO: 2})[1]) == 3


def test_nothing_gets_more_than_so_many_times_its_blocks() -> None:
    _, found = wide(suite(BLOCKS, budget="10h"), {HELLO: 1})
    assert by_group(found) == {HELLO: list(range(4, 3 * MOST_TIMES + 1))}


@pytest.mark.parametrize("measured", range(5))
def test_after_an_interruption_exactly_the_rest_is_planned(measured: int) -> None:
    """Whatever the blocks took that were measured meanwhile, and though one was dropped."""
    asked = suite(BLOCKS, budget="105s")
    stored, found = wide(asked, {HELLO: 2, JSON: 1})
    more = [
        kept(one, seconds=37.0, is_kept=index != 1)
        for index, one in enumerate(blocks(found)[:measured])
    ]
    assert plan(asked, (), and_then(stored, *more), {HELLO: 2, JSON: 1}) == found[measured:]


def test_trials_that_were_measured_again_are_spent_too() -> None:
    """Two fresh starts of 30 s each: of 165 s, 60 go to blocks, 93 to trials,
    and 5 around them."""
    cold = Grid(("a",), (COLD,), starts=1, duration="30s", measure="trials")
    asked = suite(BLOCKS, cold, budget="165s")
    stored = Stored()
    while left := plan(asked, (), stored):
        now = ended(left)
        invalid = tuple(Finished(one.planned, False) for one in now.trials)
        stored = Stored(stored.trials + invalid, stored.blocks + now.blocks)
    assert len(stored.trials) == 3
    assert plan(asked, (), stored, {HELLO: 1}) == []
    assert plan(suite(BLOCKS, cold, budget="169s"), (), stored, {HELLO: 1}) != []


def test_blocks_of_a_workload_that_failed_are_spent_too() -> None:
    failed = [FinishedBlock(JSON, "", number, 20.0, False) for number in (1, 2)]
    left_out = {(JSON, name) for name in "abc"}
    asked = suite(BLOCKS, budget="85s")
    stored = and_then(ended(plan(asked, left_out)), *failed)
    assert len(plan(asked, left_out, stored, {HELLO: 1})) == 1


@given(
    seconds=st.floats(1, 60),
    budget_s=st.integers(100, 600),
    hello=st.integers(0, 3),
    json=st.integers(0, 3),
)
def test_the_budget_is_never_exceeded_by_what_is_dealt(
    seconds: float, budget_s: int, hello: int, json: int
) -> None:
    asked = suite(BLOCKS, TRIALS, budget=f"{budget_s}s")
    stored, found = wide(asked, {HELLO: hello, JSON: json}, seconds=seconds)
    spent = sum(one.seconds for one in stored.blocks)
    spent += sum(trial_s(asked, one.planned.cell) for one in stored.trials)
    left_s = budget_s - AROUND_S
    assert not found or spent + seconds * len(found) <= left_s + 1e-6
    if spent + seconds <= left_s and hello + json:
        assert found, "what would fit is not left lying"


@pytest.mark.parametrize(("budget", "most"), [("30s", 3), ("49s", 4), ("59s", 5)])
def test_replacements_stay_within_the_budget(budget: str, most: int) -> None:
    """Blocks of 10 s, all of which but the first are dropped."""
    hello = Grid(("a", "b"), (HELLO,), measure="blocks")
    assert replaced(suite(hello, budget=budget), 10.0, keeps=1) == most


def test_replacements_leave_the_time_that_is_stated() -> None:
    """The first block was dropped; three were kept, and two are to come, of 10 s each."""
    first = blocks(plan(suite(BLOCKS), ()))
    shown = [kept(one, is_kept=index != 0) for index, one in enumerate(first[:4])]
    rest = {one.key for one in first[4:]}
    for budget, more in (("69s", 0), ("71s", 1)):
        left = plan(suite(BLOCKS, budget=budget), (), Stored((), tuple(shown)))
        assert len({one.key for one in left} - rest) == more and len(left) == 2 + more


def test_time_is_assumed_until_blocks_have_shown_it() -> None:
    asked = suite(BLOCKS, BUSY)
    hello, json = groups(asked, ())
    assumed = block_s(asked, hello)
    closed_s = 2 * (BURST_NS / S_NS + AROUND_BURST_S)
    open_s = 2 * (OPEN_BURST_NS / S_NS + AROUND_BURST_S)
    beside_s = 3 * (START_S + WARM_UP_S)
    assert block_s(asked, json) == pytest.approx(beside_s + 3 * closed_s)
    assert assumed == pytest.approx(beside_s + 3 * closed_s + 2 * 2 * open_s), "a and b at 2 rates"
    shown = [FinishedBlock(HELLO, "", n, 20.0 + n, True) for n in (1, 2, 3)]
    lost = FinishedBlock(HELLO, "", 4, 90.0, False)
    assert block_s(asked, hello, [*shown, lost]) == 22.0
    assert block_s(asked, json, shown) == block_s(asked, json)
    assert stated_s(asked, ()) == pytest.approx(3 * (assumed + block_s(asked, json)))


def test_a_suite_whose_blocks_take_too_long_is_refused() -> None:
    asked = suite(BLOCKS, budget="20s")
    with pytest.raises(SuiteError, match=r"what it states takes .* more than the budget of 20s"):
        check_budget(asked, "x.toml", ())
    assert check_budget(asked, "x.toml", {(HELLO, n) for n in "abc"} | {(JSON, "b")}) < 20


def test_every_lane_of_a_workload_counts_once() -> None:
    found = blocks(plan(suite(BLOCKS, BUSY), ()))
    counts = Counter(lane for one in found for lane in one.group.lanes)
    assert counts == {"a": 6, "b": 6, "c": 6}
