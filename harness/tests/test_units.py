"""What a lane in a block says: by its rounds, or by all of its bursts together; ratios of lanes."""

import math
import statistics
from collections.abc import Callable

import pytest
from contend.blocks.record import BlockRecord, Burst
from contend.findings.figures import (
    GOODPUT,
    INSTRUCTIONS,
    PEAK_RSS,
    SERVER_CPU,
    UTILISATION,
    Figure,
    latency,
)
from contend.findings.questions import question_of
from contend.findings.units import LaneUnit, Unit, log_ratio, sample
from contend.stats.compare import Paired, Question
from contend.suites.load import Load
from made_blocks import CLOSED, MS_NS, OPEN, Made, made_block
from msgspec.structs import replace

P50, P99, P999 = (latency(name, name, name) for name in ("p50", "p99", "p99.9"))
# How much longer than usual a round took, for both lanes, and for `b` besides.
BOTH = {1: 1.0, 2: 1.5, 3: 0.8, 4: 1.1, 5: 6.0}
OWN = {1: 1.02, 2: 0.99, 3: 1.01, 4: 1.00, 5: 1.7}


def factor(lane: str, load: str, number: int) -> float:
    return BOTH[number] * (OWN[number] if lane == "b" else 1.0)


def unit(block: BlockRecord, lane: str, load: str = CLOSED.word) -> LaneUnit:
    return LaneUnit(block, lane, load, block.of(lane, load))


def units(
    a: Made, b: Made, change: Callable[[Burst], Burst] = lambda one: one, rounds: int = 5
) -> tuple[LaneUnit, LaneUnit]:
    block = made_block(1, {"a": a, "b": b}, rounds=rounds, factor=factor)
    block = replace(block, bursts=tuple(map(change, block.bursts)))
    return unit(block, "a"), unit(block, "b")


def value(figure: Figure, of: Unit) -> float:
    reading = of.read(figure)
    assert reading is not None
    return reading.value


def test_a_ratio_is_the_median_of_the_rounds_paired_ratios() -> None:
    """So a round in which the machine was slow for both says as much as any other."""
    a, b = units(Made(), Made(cpu_ns=100_000.0))
    paired = [math.log(2 * OWN[number]) for number in BOTH]
    found = log_ratio(SERVER_CPU, b, a)
    assert found == pytest.approx(statistics.median(paired), abs=1e-3)
    assert found == pytest.approx(math.log(2 * 1.01), abs=1e-3)
    assert log_ratio(SERVER_CPU, a, b) == pytest.approx(-(found or 0.0))
    apart = math.log(value(SERVER_CPU, b) / value(SERVER_CPU, a))
    assert abs(apart - (found or 0.0)) > 0.005, "the ratio of medians is another"


def test_goodput_and_quantiles_are_paired_too() -> None:
    a, b = units(Made(goodput_per_s=48_000.0), Made(goodput_per_s=24_000.0, p99_ns=20 * MS_NS))
    assert log_ratio(GOODPUT, b, a) == pytest.approx(math.log(0.5 / 1.01), abs=2e-3)
    assert log_ratio(P99, b, a) == pytest.approx(math.log(4 * 1.01), abs=2e-3)
    assert log_ratio(P50, b, a) == pytest.approx(math.log(1.01), abs=2e-3)


def test_rounds_that_one_of_them_lacks_are_in_no_ratio() -> None:
    a, b = units(Made(), Made(cpu_ns=100_000.0))
    fewer = LaneUnit(b.block, "b", b.load, tuple(one for one in b.bursts if one.round in (1, 3)))
    assert log_ratio(SERVER_CPU, fewer, a) == pytest.approx(math.log(2 * 1.015), abs=1e-3)
    others = LaneUnit(a.block, "a", a.load, tuple(one for one in a.bursts if one.round in (2, 4)))
    assert log_ratio(SERVER_CPU, fewer, others) is None


def test_a_figure_of_a_lane_is_the_geometric_median_of_its_rounds() -> None:
    a, _ = units(Made(), Made())
    assert value(SERVER_CPU, a) == pytest.approx(50 * 1.1, rel=1e-3)
    a, _ = units(Made(goodput_per_s=24_000.0), Made(), rounds=4)
    assert value(SERVER_CPU, a) == pytest.approx(50 * math.sqrt(1.0 * 1.1), rel=1e-3)
    assert value(P99, a) == pytest.approx(5 * math.sqrt(1.0 * 1.1), rel=2e-3)


def test_a_quantile_of_which_bursts_have_too_few_requests_is_of_the_whole_block() -> None:
    """600 requests have 6 beyond p99, and five are enough; 300 have three."""
    few = Made(goodput_per_s=1200.0)
    block = made_block(1, {"a": Made(), "b": few}, rounds=5)
    a, b = unit(block, "a"), unit(block, "b")
    assert a.by_round(P99) is not None and b.by_round(P99) is None
    assert b.by_round(P50) is not None
    assert value(P99, b) == pytest.approx(5.0, rel=1e-3)
    assert log_ratio(P99, b, a) == pytest.approx(0, abs=1e-3), "a's is of the whole block then too"


@pytest.mark.parametrize(("rate_per_s", "p99_ms"), [(1200.0, 20.0), (2400.0, 5.0)])
def test_a_burst_that_stalled_counts_where_bursts_do_not_tell_the_quantile(
    rate_per_s: float, p99_ms: float
) -> None:
    """300 of 1,500 requests are as slow; or one burst of five is."""
    load = Load("poisson", 64, rate_per_s)
    block = made_block(
        1,
        {"a": Made(goodput_per_s=1e6)},
        (load,),
        rounds=5,
        factor=lambda lane, load, number: 1.0 if number < 5 else 20.0,
    )
    assert value(P99, unit(block, "a", load.word)) == pytest.approx(p99_ms, rel=1e-3)


def test_a_quantile_that_even_the_block_can_not_tell_is_unknown() -> None:
    a, b = units(Made(goodput_per_s=30.0), Made(), rounds=3)
    assert a.read(P99) is None and a.read(P999) is None
    assert log_ratio(P99, a, b) is None and log_ratio(P99, b, a) is None
    assert b.read(P999) is not None, "1,800 requests have one beyond it"


def test_where_fewer_than_half_of_the_rounds_tell_a_figure_it_is_of_the_whole_block() -> None:
    def silent(rounds: set[int]) -> Callable[[Burst], Burst]:
        return lambda one: (
            replace(one, completed=0) if one.lane == "b" and one.round in rounds else one
        )

    a, b = units(Made(), Made(), silent({4, 5}))
    assert b.by_round(SERVER_CPU) is not None
    a, b = units(Made(), Made(), silent({3, 4, 5}))
    assert b.by_round(SERVER_CPU) is None
    spent = sum(one.server_cpu_ns for one in b.bursts)
    assert value(SERVER_CPU, b) == pytest.approx(
        spent / sum(one.completed for one in b.bursts) / 1000
    )
    assert log_ratio(SERVER_CPU, b, a) is not None


def test_lower_bounds_are_known_as_such() -> None:
    bound = Made(lower_bounds=20)
    a, b = units(bound, Made())
    reading = a.read(P99)
    assert reading is not None and reading.is_lower_bound
    p50 = a.read(P50)
    assert p50 is not None and not p50.is_lower_bound, "it lies below all that was given up"
    plain = b.read(P99)
    assert plain is not None and not plain.is_lower_bound
    found = sample(P99, [a, b])
    assert found.is_lower_bound and len(found.values) == 2
    over, under = question_of(P99, [a], [b]), question_of(P99, [b], [a])
    assert isinstance(over, Paired) and isinstance(under, Paired)
    assert (over.may_be_above, over.may_be_below) == (True, False)
    assert (under.may_be_above, under.may_be_below) == (False, True)


def test_memory_and_utilisation_are_of_the_lane() -> None:
    block = made_block(1, {"a": Made(rss_bytes=64 << 20)}, (OPEN,))
    a = unit(block, "a", OPEN.word)
    assert value(PEAK_RSS, a) == 64
    assert value(UTILISATION, a) == pytest.approx(2000 * 50e-6 * 100)
    assert value(UTILISATION, unit(replace(block, server_cores=2), "a", OPEN.word)) == (
        pytest.approx(2000 * 50e-6 * 100 / 2)
    )


def test_instructions_are_known_where_every_burst_counted_them() -> None:
    def counted(one: Burst) -> Burst:
        return replace(one, instructions=9000 * one.completed)

    a, b = units(Made(), Made(), lambda one: counted(one) if one.lane == "a" else one)
    assert value(INSTRUCTIONS, a) == pytest.approx(9000)
    assert b.read(INSTRUCTIONS) is None and log_ratio(INSTRUCTIONS, a, b) is None


def test_lanes_are_compared_within_their_own_blocks() -> None:
    """Block 1 of those together, and block 1 of the one that stands apart, are two."""
    together = [made_block(n, {"a": Made()}, apart="") for n in (1, 2)]
    apart = [
        made_block(
            n,
            {"a": Made(), "b": Made(cpu_ns=150_000.0)},
            apart="b",
            factor=lambda lane, load, number: 3.0,
        )
        for n in (1, 2, 3)
    ]
    base = [unit(one, "a") for one in (*together, *apart)]
    question = question_of(SERVER_CPU, [unit(one, "b") for one in apart], base)
    assert isinstance(question, Paired)
    assert question.logs == pytest.approx([math.log(3.0)] * 3)
    assert len(sample(SERVER_CPU, base).values) == 5
    assert question_of(SERVER_CPU, [unit(one, "b") for one in apart], base[:2]) is None


def test_who_stands_apart_is_compared_by_the_reference_in_the_blocks_of_both() -> None:
    """What the machine did to either block, here a factor of 3, it did to the reference in it."""
    together = [made_block(n, {"a": Made(), "c": Made(cpu_ns=100_000.0)}) for n in (1, 2, 3)]
    apart = [
        made_block(
            n,
            {"a": Made(), "b": Made(cpu_ns=150_000.0)},
            apart="b",
            factor=lambda lane, load, number: 3.0,
        )
        for n in (1, 2)
    ]
    base = [unit(one, "a") for one in (*together, *apart)]
    over, under = [unit(one, "b") for one in apart], [unit(one, "c") for one in together]
    question = question_of(SERVER_CPU, over, under, base)
    assert isinstance(question, Question)
    assert question.over[0].values == pytest.approx([3.0] * 2)
    assert question.under[0].values == pytest.approx([2.0] * 3)
    assert question_of(SERVER_CPU, over, under) is None, "nothing is in the blocks of both"


def test_what_is_no_speed_is_not_asked() -> None:
    a, b = units(Made(), Made())
    assert question_of(PEAK_RSS, [a], [b]) is None
    assert question_of(INSTRUCTIONS, [a], [b]) is None, "neither has it"
    assert not isinstance(question_of(GOODPUT, [a], [b]), Question)
