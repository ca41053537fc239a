"""Blocks judged from what is stored of them: by other limits anew, without measuring."""

from collections.abc import Mapping

import pytest
from contend.blocks.judge import idle_shares, is_draining, judged
from contend.blocks.record import BlockRecord, LaneRecord
from contend.suites.load import Load
from contend.suites.rest import RESTLESS_SHARE, restless
from contend.trials.histograms import Histogram
from contend.trials.validity import LIMITS, Limits
from made_blocks import CLOSED, MS_NS, OPEN, Made, disturbed, failed_block, made_block
from made_results import histogram
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


THREE = made_block(1, LANES | {"c": Made()}, (CLOSED, OPEN), rounds=4)


def idle(share: float, block: BlockRecord = THREE) -> BlockRecord:
    """Lane `a` used so much of a core during the bursts of the others."""
    bursts = tuple(
        replace(one, idle_cpu_ns={"a": round(share * one.duration_ns)} if one.lane != "a" else {})
        for one in block.bursts
    )
    return replace(block, bursts=bursts)


def test_what_a_lane_used_while_others_were_loaded_is_known() -> None:
    assert idle_shares(THREE) == {"a": 0.0, "b": 0.0, "c": 0.0}
    assert idle_shares(idle(0.05)) == {"a": pytest.approx(0.05), "b": 0.0, "c": 0.0}


def test_what_a_lane_does_in_its_own_bursts_is_no_unrest() -> None:
    bursts = tuple(replace(one, idle_cpu_ns={one.lane: 10**9}) for one in THREE.bursts)
    assert set(idle_shares(replace(THREE, bursts=bursts)).values()) == {0.0}


def test_two_lanes_tell_nothing_of_rest() -> None:
    """Such a block is what a restless lane gets: it is not to be asked again."""
    assert idle_shares(idle(0.5, BLOCK)) == {}
    assert idle_shares(failed_block(1, "a")) == {}


def test_a_lane_is_restless_by_the_mean_of_its_blocks() -> None:
    assert restless([{"a": 0.05}]) == {}, "a single one may have met a busy machine"
    assert restless([{"a": 0.05}, {}]) == {}
    assert restless([{"a": RESTLESS_SHARE}] * 2) == {}
    assert restless([{"a": 0.013, "b": 0.02}, {"a": 0.006, "b": 0.01}, {}]) == {
        "b": pytest.approx(0.015)
    }


# 1 to 2 ms, evenly: a share of the requests moves each quantile by as much of a millisecond.
EVEN = histogram([MS_NS + k * 1_000 for k in range(1_000)])
EVERY = ("p50", "p90", "p99", "p99.9")
TAIL = ("p99", "p99.9")
# The last 2% take 5 ms.
TWO_KINDS = histogram({MS_NS: 980, 5 * MS_NS: 20})


def late(
    latency: Histogram,
    late_ns: int,
    requests: int,
    disturbs: int | None = None,
    load: Load = OPEN,
    classes: Mapping[str, Histogram] | None = None,
) -> BlockRecord:
    """So many of 1,000 requests of `a` were sent so late, and so many of all were disturbed."""
    lateness = histogram({1_000: 1_000 - requests, late_ns: requests} if requests else {1_000: 1})
    at = ("a", load.word)
    merged = tuple(
        replace(
            one,
            latency=latency.encode(),
            classes={name: of_it.encode() for name, of_it in (classes or {}).items()},
            lateness=lateness.encode(),
        )
        if (one.lane, one.load) == at
        else one
        for one in BLOCK.merged
    )
    disturbed_requests = requests if disturbs is None else disturbs
    first = BLOCK.of(*at)[0]
    assert first.conditions is not None
    conditions = replace(first.conditions, disturbed=disturbed_requests)
    bursts = tuple(
        replace(one, conditions=conditions) if one is first else one for one in BLOCK.bursts
    )
    return replace(BLOCK, merged=merged, bursts=bursts)


def withheld(block: BlockRecord, limits: Limits = LIMITS) -> tuple[str, ...]:
    """Of `a` at a rate: the same of each of its bursts and of all of them, and of nothing else."""
    found = judged(block, limits)
    assert found.dropped is None and not any(reasons(found))
    every = [(one.lane, one.load, one.withheld) for one in found.merged]
    every += [(one.lane, one.load, one.withheld) for one in found.bursts]
    assert all(not names for lane, load, names in every if (lane, load) != ("a", OPEN.word))
    (merged,) = (one for one in found.merged if (one.lane, one.load) == ("a", OPEN.word))
    assert {one.withheld for one in found.of("a", OPEN.word)} == {merged.withheld}
    assert judged(found, limits) == found
    return merged.withheld


@pytest.mark.parametrize(
    ("requests", "names"),
    [
        (70, ()),
        (80, ("p50",)),  # 5% of 1.5 ms are 75 of them
        (97, ("p50", "p90")),  # of 1.9 ms, 95
        (105, EVERY),
    ],
)
def test_late_sends_withhold_the_quantiles_that_they_may_have_moved_and_nothing_else(
    requests: int, names: tuple[str, ...]
) -> None:
    assert withheld(late(EVEN, 20 * MS_NS, requests)) == names


@pytest.mark.parametrize(
    ("requests", "names"), [(8, ()), (12, ("p99",)), (75, TAIL), (85, ("p90", *TAIL))]
)
def test_a_quantile_that_lies_among_equals_bears_late_sends(
    requests: int, names: tuple[str, ...]
) -> None:
    """Ten may be taken from beneath the 2% that are slow before p99 is none of them; p90 has eighty
    between it and these, and p99.9 is nineteen of them away from the fast."""
    assert withheld(late(TWO_KINDS, 20 * MS_NS, requests)) == names


def test_only_those_that_were_late_enough_are_counted() -> None:
    """Nobody who was late by 5% of a quantile or less moved it by more."""
    assert withheld(late(EVEN, 74_000, 500)) == ()
    assert withheld(late(EVEN, 76_000, 500)) == ("p50",)
    assert withheld(late(EVEN, 96_000, 500)) == ("p50", "p90")
    assert withheld(late(EVEN, 101_000, 500)) == EVERY


def test_a_late_send_that_met_nobody_moved_nothing() -> None:
    assert withheld(late(EVEN, 20 * MS_NS, 500, disturbs=0)) == ()
    assert withheld(late(EVEN, 20 * MS_NS, 500, disturbs=70)) == ()
    assert withheld(late(EVEN, 20 * MS_NS, 500, disturbs=80)) == ("p50",)


def test_disturbed_requests_of_all_bursts_are_counted() -> None:
    block = late(EVEN, 20 * MS_NS, 500, disturbs=40)
    every = tuple(
        replace(one, conditions=replace(one.conditions, disturbed=20))
        if one.lane == "a" and one.conditions is not None
        else one
        for one in block.bursts
    )
    assert withheld(replace(block, bursts=every)) == ("p50",), "80 in four bursts"
    assert withheld(replace(block, bursts=every[: len(every) - 4])) == (), "in less"


def test_what_moves_a_class_is_withheld() -> None:
    """The cheap class's p99 is what a mix is judged by."""
    even = {"cheap": EVEN, "dear": TWO_KINDS}
    assert withheld(late(TWO_KINDS, 20 * MS_NS, 7, classes={"cheap": TWO_KINDS})) == ()
    assert withheld(late(TWO_KINDS, 20 * MS_NS, 12, classes=even)) == ("p99",)
    assert withheld(late(histogram({MS_NS: 1_000}), 20 * MS_NS, 80, classes=even)) == (
        "p50",
        *TAIL,
    ), "p50 of the cheap class and p99 of the dear one"


def test_the_closed_loop_withholds_nothing() -> None:
    """There a late send is one from which the clock counts."""
    found = judged(late(EVEN, 20 * MS_NS, 1_000, load=CLOSED))
    assert not any(one.withheld for one in found.merged)
    assert not any(one.withheld for one in found.bursts)


def test_by_how_much_a_quantile_may_have_moved_is_a_limit() -> None:
    block = late(EVEN, 20 * MS_NS, 80)
    assert withheld(judged(block), Limits(moved_share=0.06)) == ()
    assert withheld(block, Limits(moved_share=0.04)) == ("p50", "p90", "p99")


def test_what_was_stored_without_lateness_withholds_nothing() -> None:
    block = late(EVEN, 20 * MS_NS, 500)
    old = replace(block, merged=tuple(replace(one, lateness="") for one in block.merged))
    assert withheld(old) == ()


def test_a_burst_of_a_number_of_requests_is_held_to_no_rate() -> None:
    """It lasts until the last of them has ended."""

    def slow(is_of_requests: bool) -> BlockRecord:
        bursts = tuple(
            replace(
                one,
                is_of_requests=is_of_requests,
                conditions=replace(one.conditions, duration_ns=4 * one.duration_ns),
            )
            for one in BLOCK.bursts
            if one.conditions is not None
        )
        return judged(replace(BLOCK, bursts=bursts))

    assert not any(reasons(slow(is_of_requests=True)))
    assert any("of the asked rate" in one[0] for one in reasons(slow(False)) if one)
