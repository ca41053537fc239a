"""Blocks judged from what is stored of them: by other limits anew, without measuring."""

import pytest
from contend.blocks.judge import is_draining, judged, restless
from contend.blocks.record import BlockRecord, LaneRecord
from contend.suites.load import Load
from contend.trials.validity import LIMITS, Limits
from made_blocks import CLOSED, MS_NS, OPEN, Made, disturbed, failed_block, made_block
from msgspec.structs import replace

LANES = {"a": Made(), "b": Made()}
BLOCK = made_block(1, LANES, (CLOSED, OPEN), rounds=4)  # 16 bursts


def reasons(block: BlockRecord) -> list[tuple[str, ...]]:
    return [one.reasons for one in block.bursts]


def test_a_quiet_block_is_kept() -> None:
    found = judged(BLOCK)
    assert found == BLOCK
    assert found.dropped is None and not any(reasons(found))


def test_other_limits_change_reasons_and_whether_it_is_dropped() -> None:
    stalled = disturbed(BLOCK, lambda one: one.lane == "a")
    found = judged(stalled)
    assert [bool(one) for one in reasons(found)] == [one.lane == "a" for one in found.bursts]
    assert found.dropped is not None and found.dropped.startswith(
        "8 of 16 bursts were disturbed, such as: the generator stood still for 90.0 ms at once"
    )
    lenient = judged(found, Limits(longest_stall_ns=100 * MS_NS))
    assert not any(reasons(lenient))
    assert lenient.dropped is None
    strict = judged(BLOCK, Limits(stolen_share=-1.0))
    assert all(reasons(strict)) and strict.dropped == "0.0% of the machine's time was stolen"
    assert judged(strict) == BLOCK
    assert judged(found) == found, "again the same"


@pytest.mark.parametrize(("disturbs", "is_dropped"), [(4, False), (5, True)])
def test_a_quarter_of_its_bursts_may_be_disturbed(disturbs: int, is_dropped: bool) -> None:
    chosen = {id(one) for one in BLOCK.bursts[:disturbs]}
    found = judged(disturbed(BLOCK, lambda one: id(one) in chosen))
    assert sum(map(bool, reasons(found))) == disturbs
    assert (found.dropped is not None) == is_dropped


def test_time_that_was_stolen_drops_it_even_where_no_burst_shows_it() -> None:
    """On the mean of all of them."""

    def stolen(share: float) -> BlockRecord:
        bursts = tuple(
            replace(one, conditions=replace(one.conditions, stolen_share=share))
            for one in BLOCK.bursts
            if one.conditions is not None
        )
        return judged(replace(BLOCK, bursts=bursts))

    assert stolen(LIMITS.stolen_share).dropped is None
    dropped = stolen(LIMITS.stolen_share + 0.01).dropped
    assert dropped is not None and dropped.endswith("of the machine's time was stolen")


def test_cores_that_ran_faster_for_a_lane_drop_it() -> None:
    def at(khz: dict[str, int]) -> str | None:
        bursts = tuple(replace(one, khz=khz[one.lane]) for one in BLOCK.bursts)
        return judged(replace(BLOCK, bursts=bursts)).dropped

    assert at({"a": 2_000_000, "b": 2_030_000}) is None
    assert at({"a": 2_000_000, "b": 2_100_000}) == (
        "the servers' cores ran at 2000 MHz for a and 2100 MHz for b"
    )


def test_what_a_server_does_drops_nothing() -> None:
    silent = made_block(1, {"a": Made(), "b": Made(goodput_per_s=0.0)}, rounds=4)
    assert judged(silent).dropped is None and not any(reasons(judged(silent)))


def test_a_block_without_bursts_is_none() -> None:
    assert judged(replace(BLOCK, bursts=())).dropped == "no bursts"


def test_a_block_whose_lane_failed_stays_as_it_is() -> None:
    failed = failed_block(3, "a")
    assert judged(failed, Limits(stolen_share=-1.0)) == failed


def test_bursts_that_were_stored_without_conditions_keep_their_reasons() -> None:
    bursts = tuple(
        replace(one, conditions=None, reasons=("the generator sent late",) * (one.lane == "a"))
        for one in BLOCK.bursts
    )
    old = replace(BLOCK, bursts=bursts, dropped="noise")
    assert judged(old, Limits(stolen_share=-1.0)) == old


def test_a_rate_is_judged_by_the_lanes_own() -> None:
    """A utilisation has no rate but those that its lanes were given."""
    load = Load("poisson", 64, busy=0.5)
    made = made_block(1, LANES, (OPEN,), rounds=4)
    lanes = (
        LaneRecord("a", rates_per_s={load.word: 2000.0}),
        LaneRecord("b", rates_per_s={load.word: 9000.0}),  # it sent less than a quarter of that
    )
    bursts = tuple(replace(one, load=load.word) for one in made.bursts)
    found = judged(replace(made, loads=(load,), lanes=lanes, bursts=bursts))
    assert {one.lane for one in found.bursts if one.reasons} == {"b"}
    assert "of the asked rate" in next(one.reasons[0] for one in found.bursts if one.reasons)


@pytest.mark.parametrize(
    ("load", "scheduled", "completed", "is_so"),
    [
        (OPEN, 10_000, 10_100, False),
        (OPEN, 10_000, 10_101, True),
        (OPEN, 100, 164, False),  # its connections held as many
        (OPEN, 100, 165, True),
        (CLOSED, 100, 10_000, False),
    ],
)
def test_more_than_was_asked_for_is_a_backlog(
    load: Load, scheduled: int, completed: int, is_so: bool
) -> None:
    burst = replace(BLOCK.of("a", load.word)[0], scheduled=scheduled, completed=completed)
    assert is_draining(BLOCK, burst) == is_so


def idle(share: float) -> BlockRecord:
    """Lane `a` used so much of a core during the bursts of `b`."""
    bursts = tuple(
        replace(one, idle_cpu_ns={"a": round(share * one.duration_ns)} if one.lane == "b" else {})
        for one in BLOCK.bursts
    )
    return replace(BLOCK, bursts=bursts)


def test_a_lane_that_works_while_others_are_loaded_is_restless() -> None:
    assert restless(BLOCK) == {}
    assert restless(idle(0.009)) == {}
    assert restless(idle(0.05)) == {"a": pytest.approx(0.05)}


def test_what_a_lane_does_in_its_own_bursts_is_no_unrest() -> None:
    bursts = tuple(replace(one, idle_cpu_ns={one.lane: 10**9}) for one in BLOCK.bursts)
    assert restless(replace(BLOCK, bursts=bursts)) == {}


def test_late_sends_withhold_the_quantiles_that_they_may_have_moved_and_nothing_else() -> None:
    """By the quantile's own latency: a median of 30 µs bears less than a p99 of 3 ms."""
    first = BLOCK.bursts[0]
    values_ns = {"p50": 30_000, "p99": 3 * MS_NS}
    latency = replace(first.latency, quantiles_ns=values_ns)

    def at(p50_ns: int, p99_ns: int, limits: Limits = LIMITS) -> tuple[str, ...]:
        late = replace(first, latency=latency, late_ns={"p50": p50_ns, "p99": p99_ns})
        found = judged(replace(BLOCK, bursts=(late, *BLOCK.bursts[1:])), limits)
        assert found.dropped is None and not found.bursts[0].reasons
        return found.bursts[0].withheld

    assert at(50_000, 150_000) == ()
    assert at(50_001, 150_000) == ("p50",)
    assert at(10_000, 150_001) == ("p99",)
    assert at(10_000, 150_001, Limits(pacing_lag_share=0.06)) == ()


def test_what_is_withheld_of_all_bursts_together_goes_by_their_own_lateness() -> None:
    late = replace(BLOCK.merged[0], late_ns={"p99": 10_000 * MS_NS})
    found = judged(replace(BLOCK, merged=(late, *BLOCK.merged[1:])))
    assert [one.withheld for one in found.merged] == [("p99",)] + [()] * (len(BLOCK.merged) - 1)
