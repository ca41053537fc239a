"""Blocks judged from what is stored of them: by other limits anew, without measuring."""

from collections.abc import Mapping

import msgspec
import pytest
from contend.blocks.judge import idle_shares, is_draining, judged
from contend.blocks.record import BlockRecord, LaneRecord
from contend.findings.observed import of_burst, of_bursts
from contend.suites.load import Load
from contend.suites.rest import RESTLESS_SHARE, restless
from contend.trials.brackets import Bracket
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


MOVED = Bracket(MS_NS, 2 * MS_NS, MS_NS)
HARDLY = Bracket(100 * MS_NS, 101 * MS_NS, MS_NS)


def late(brackets: Mapping[str, Mapping[str, Bracket]], load: Load = OPEN) -> BlockRecord:
    """The latencies of `a` under a load may be off so far: of all and of each class."""
    found = {name: dict(one) for name, one in brackets.items()}
    merged = tuple(
        replace(one, brackets=found) if (one.lane, one.load) == ("a", load.word) else one
        for one in BLOCK.merged
    )
    return replace(BLOCK, merged=merged)


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


def test_quantiles_that_late_sends_may_have_moved_too_far_are_withheld_and_nothing_else() -> None:
    assert withheld(BLOCK) == ()
    assert withheld(late({"": {"p50": HARDLY}})) == ()
    assert withheld(late({"": {"p50": HARDLY, "p90": MOVED, "p99": MOVED}})) == ("p90", "p99")


def test_those_of_a_class_begin_with_its_name() -> None:
    block = late(
        {"": {"p50": HARDLY}, "cheap": {"p50": MOVED, "p99": HARDLY}, "GET /a.b": {"p99": MOVED}}
    )
    assert withheld(block) == ("cheap.p50", "GET /a.b.p99")


@pytest.mark.parametrize(
    ("low_ns", "off_ns", "is_so"),
    [
        (MS_NS, 50_000, False),  # a twentieth
        (MS_NS, 50_001, True),
        (100_000, 10_000, False),
        (100_000, 10_001, True),
    ],
)
def test_by_how_much_is_what_trials_go_by(low_ns: int, off_ns: int, is_so: bool) -> None:
    block = late({"": {"p99": Bracket(low_ns, low_ns + off_ns, off_ns)}})
    assert withheld(block) == (("p99",) if is_so else ())


def test_other_limits_withhold_others_without_measuring() -> None:
    block = late({"": {"p50": HARDLY, "p99": MOVED}})
    assert withheld(block, Limits(moved_share=1.0)) == ()
    assert withheld(block, Limits(moved_ns=MS_NS)) == ()
    assert withheld(block, Limits(moved_share=0.009)) == ("p50", "p99")
    assert withheld(judged(block, Limits(moved_share=1.0))) == ("p99",)


def test_late_sends_disturb_no_burst() -> None:
    """Its goodput and what its requests cost stand."""
    found = judged(late({"": {"p50": MOVED, "p90": MOVED, "p99": MOVED, "p99.9": MOVED}}))
    assert not any(reasons(found)) and found.dropped is None


def test_what_is_withheld_has_no_value_in_its_class_alone() -> None:
    shares = {"cheap": 0.9, "dear": 0.1}
    made = made_block(1, {"a": Made(shares=shares), "b": Made(shares=shares)}, (OPEN,), rounds=4)
    brackets = {"cheap": {"p99": MOVED}, "": {"p50": MOVED}}
    merged = tuple(
        replace(one, brackets=brackets if one.lane == "a" else {}) for one in made.merged
    )
    found = judged(replace(made, merged=merged))
    of_all = {one.lane: of_bursts(found.of(one.lane), one, 1).times for one in found.merged}
    of_one = {one.lane: of_burst(one, 1).times for one in found.bursts}
    for times in (of_all, of_one):
        known = {
            (lane, name or "all"): [q for q in ("p50", "p90", "p99") if one.quantiles_ns.get(q)]
            for lane, of_it in times.items()
            for name, one in of_it.items()
        }
        every = ["p50", "p90", "p99"]
        assert known["b", "all"] == known["b", "cheap"] == every
        assert known["a", "all"] == ["p90", "p99"] and known["a", "cheap"] == ["p50", "p90"]
        assert known["a", "dear"] == known["b", "dear"]


def test_a_block_survives_the_store_with_its_brackets() -> None:
    block = judged(late({"": {"p50": MOVED}, "cheap": {"p99": HARDLY}}))
    text = msgspec.json.encode(block)
    assert msgspec.json.decode(text, type=BlockRecord) == block
    assert b"brackets" not in msgspec.json.encode(BLOCK), "what nothing moved takes no space"


def test_a_block_that_was_stored_with_lateness_withholds_what_it_did_then() -> None:
    """It doesn't say by how much it moved which quantile."""
    old = msgspec.json.decode(msgspec.json.encode(BLOCK))
    for one in old["merged"]:
        one |= {"lateness": "HISTFAAA", "withheld": ["p50"]}
    for one in old["bursts"]:
        one |= {"late_ns": {"p99": 80_000}, "withheld": ["p50"]}
    read = msgspec.json.decode(msgspec.json.encode(old), type=BlockRecord)
    assert read.merged[0].withheld == ("p50",)
    assert judged(read) == read


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


@pytest.mark.parametrize(
    ("away_ns", "is_withheld"), [(50_000, False), (50_300, True), (10_000, False)]
)
def test_a_quantile_at_which_cores_are_taken_away_tells_of_the_machine(
    away_ns: int, is_withheld: bool
) -> None:
    """A generator that polls always is late for nothing else, and its servers lose theirs too."""
    merged = tuple(
        replace(
            one,
            latency=histogram({1_000_000: 1_000}).encode(),
            classes={"cheap": histogram({200_000: 1_000}).encode()},
            away_ns={"p99": away_ns},
        )
        if (one.lane, one.load) == ("a", OPEN.word)
        else one
        for one in BLOCK.merged
    )
    found = judged(replace(BLOCK, merged=merged))
    withheld = {one.lane: one.withheld for one in found.merged if one.load == OPEN.word}
    cheap = ("cheap.p99",) if away_ns > 10_000 else ()
    assert withheld["a"] == (("p99",) if is_withheld else ()) + cheap
    assert withheld["b"] == ()
