"""The gate's verdict from blocks that are made up."""

import math
import random
from collections.abc import Sequence

import pytest
from contend import _engine
from contend.blocks.burst import Measured
from contend.blocks.record import BlockRecord, Burst, Latencies, quantiles_of
from contend.gate.admission import why_not_gating
from contend.gate.block import BASELINE, CANDIDATE, SIDES, Side
from contend.gate.decide import LOOKS, Looks, decide, least_blocks
from contend.gate.document import INCONCLUSIVE, INVALID, PASS, REGRESSION, GateDocument
from contend.gate.figures import FIGURES, Sides, block_value, log_ratio, stalled_shares, with_deltas
from contend.stats.tail import effective_exceedances
from contend.suites.load import Load
from made_blocks import together
from msgspec.structs import replace

LATENCY_NS = 1_000_000


OPEN, CLOSED = Load("poisson", 16, 100.0), Load(connections=16)


def burst(
    side: Side, load: Load, number: int, worse: float, draw: random.Random, errors: int = 0
) -> Measured:
    """Of 400 requests; the candidate's figures are `worse` times the baseline's, and scatter."""
    histogram = _engine.Histogram()
    factor = worse if side == CANDIDATE else 1.0
    for _ in range(400):
        histogram.record(round(factor * LATENCY_NS * math.exp(draw.gauss(0, 0.1))))
    scattered = factor * math.exp(draw.gauss(0, 0.02))
    completed = 400 if load.is_open else round(400_000 / scattered)
    made = Burst(
        lane=side,
        load=load.word,
        round=number,
        duration_ns=400_000_000,
        scheduled=400,
        completed=completed,
        latency=Latencies(histogram.count, quantiles_of(histogram), completed=completed),
        server_cpu_ns=round(400 * 50_000 * scattered),
        errors={"timeout": errors} if errors and side == CANDIDATE else {},
    )
    return Measured(made, {"": histogram})


def gate_block(number: int, bursts: Sequence[Measured], dropped: str | None = None) -> BlockRecord:
    return together(bursts, number, loads=(OPEN, CLOSED), dropped=dropped)


def block(number: int, worse: float = 1.0, errors: int = 0, dropped: bool = False) -> BlockRecord:
    draw = random.Random(number)
    bursts = [
        burst(side, load, turn, worse, draw, errors)
        for load, turn in ((OPEN, 1), (OPEN, 2), (CLOSED, 1))
        for side in SIDES
    ]
    return gate_block(number, bursts, "noise" if dropped else None)


def with_turns(slow: int, of: int = 8, slower: float = 20.0) -> BlockRecord:
    """A block in whose first `slow` turns all that the candidate does takes `slower` times as
    long."""
    draw = random.Random(1)
    bursts = []
    for turn in range(1, of + 1):
        for load in (OPEN, CLOSED):
            factor = slower if turn <= slow else 1.0
            bursts += [burst(side, load, turn, factor, draw) for side in SIDES]
    return gate_block(1, bursts)


def judged(blocks: list[BlockRecord], most: int = 50) -> GateDocument:
    return decide(FIGURES, blocks, Looks(most), seed=1)


def verdicts(found: GateDocument) -> dict[str, str]:
    return {one.name: one.verdict for one in found.metrics}


def test_a_disturbed_turn_counts_for_little_but_at_the_very_end() -> None:
    figures = {one.name: one for one in FIGURES}
    quiet, disturbed = with_turns(0), with_turns(1)
    for name in ("server_cpu_per_request", "goodput", "p50", "p90", "p99"):
        before, after = (log_ratio(figures[name], one) for one in (quiet, disturbed))
        assert before is not None and after is not None and abs(after - before) < 0.03, name
    tail = log_ratio(figures["p99.9"], disturbed)
    assert tail is not None and tail > 0.9 * math.log(20)


def test_turns_that_stall_are_seen_though_most_do_not() -> None:
    assert stalled_shares(with_turns(0)) == (0.0, 0.0)
    assert stalled_shares(with_turns(1)) == (0.0, 0.125)
    found = judged([with_turns(2 * (number % 4 > 0)) for number in range(20)])
    stalls = found.shares[1]
    assert (stalls.baseline, stalls.candidate) == (0.0, 0.1875)
    assert stalls.verdict == found.verdict == REGRESSION
    assert "stalls: 18.75% of the turns, and 0.00% before" in found.reasons
    assert {one.verdict for one in found.metrics if one.reason is None} <= {PASS, INCONCLUSIVE}


def test_what_is_so_in_most_turns_is_so_in_the_block() -> None:
    cpu = FIGURES[0]
    most = log_ratio(cpu, with_turns(5, slower=1.5))
    assert most == pytest.approx(math.log(1.5), abs=0.05)
    block_of_five = with_turns(5, slower=1.5)
    baseline, candidate = (block_value(cpu, block_of_five, side) for side in (BASELINE, CANDIDATE))
    assert baseline == pytest.approx(50_000, rel=0.02)
    assert candidate == pytest.approx(75_000, rel=0.04)


def test_a_figure_that_most_turns_lack_is_unknown() -> None:
    def silent(number: int) -> BlockRecord:
        made = with_turns(0)
        opened = [one for one in made.bursts if one.lane == CANDIDATE and one.load == OPEN.word]
        bursts = [
            replace(one, completed=0) if one in opened[:number] else one for one in made.bursts
        ]
        return replace(made, bursts=tuple(bursts))

    assert log_ratio(FIGURES[0], silent(4)) is not None
    assert log_ratio(FIGURES[0], silent(5)) is None


def test_looks_are_set_before_and_none_is_too_early() -> None:
    assert Looks(50).at == (12, 20, 30, 40, 50)
    assert Looks(11).at == (12,)
    assert len(Looks(200).at) == LOOKS
    assert least_blocks() == 12


def test_looks_that_come_together_spend_their_risk_together() -> None:
    assert [Looks(50).risk(at) for at in Looks(50).at] == [0.2] * LOOKS
    assert (Looks(15).at, Looks(15).risk(12), Looks(15).risk(15)) == ((12, 15), 0.8, 0.2)
    assert Looks(12).risk(12) == 1
    assert Looks(15).risk(13) == 0.2, "where the time ends between looks"


def test_what_is_the_same_passes() -> None:
    found = judged([block(n) for n in range(1, 51)])
    assert found.verdict == PASS and found.is_final
    assert {one.verdict for one in found.metrics if one.reason is None} == {PASS}
    assert all("gates nothing" in reason for reason in found.reasons)
    assert found.blocks == 50
    assert [(one.name, one.verdict) for one in found.shares] == [("errors", PASS), ("stalls", PASS)]
    cpu = found.metrics[0]
    assert cpu.name == "server_cpu_per_request"
    assert cpu.low is not None and cpu.high is not None and cpu.ratio is not None
    assert cpu.low < cpu.ratio < cpu.high < 1 + cpu.delta
    assert cpu.baseline == pytest.approx(50_000, rel=0.02)


def test_what_is_a_tenth_worse_is_a_regression_in_every_figure_it_exceeds() -> None:
    found = judged([block(n, worse=1.1) for n in range(1, 21)])
    assert found.verdict == REGRESSION and found.is_final
    by_name = verdicts(found)
    assert by_name["server_cpu_per_request"] == by_name["goodput"] == by_name["p50"] == REGRESSION
    goodput = found.metrics[1]
    assert goodput.ratio == pytest.approx(1 / 1.1, rel=0.02) and not goodput.higher_is_worse
    assert any("is worse than its delta" in reason for reason in found.reasons)


def test_few_blocks_decide_nothing() -> None:
    found = judged([block(n, worse=2.0) for n in range(1, 11)])
    assert found.verdict == INCONCLUSIVE and not found.is_final
    assert found.reasons[0] == "10 blocks, and 12 are the least that can be sure"
    assert {(one.p, one.verdict) for one in found.shares} == {(None, INCONCLUSIVE)}


def test_what_lies_at_the_margin_is_inconclusive_in_the_end() -> None:
    figures = with_deltas({"server_cpu_per_request": 0.05, "p50": 0.05, "p90": 0.05})
    blocks = [block(n, worse=1.05) for n in range(1, 51)]
    found = decide(figures, blocks, Looks(50), seed=1)
    assert found.verdict != PASS and verdicts(found)["server_cpu_per_request"] == INCONCLUSIVE


def test_dropped_blocks_count_as_such_alone() -> None:
    kept = [block(n) for n in range(1, 51)]
    found = judged([*kept, *(block(n, worse=9.0, dropped=True) for n in range(51, 61))])
    assert (found.verdict, found.blocks, found.dropped_blocks) == (PASS, 50, 10)
    assert verdicts(found) == verdicts(judged(kept))


def test_a_machine_that_drops_most_blocks_gives_no_verdict() -> None:
    blocks = [block(n, dropped=n % 3 > 0) for n in range(1, 60)]
    found = judged(blocks)
    assert found.verdict == INVALID
    assert found.reasons[0].startswith("40 of 59 blocks were dropped")


def test_without_a_block_there_is_nothing_more_to_say() -> None:
    found = judged([block(n, dropped=True) for n in range(1, 4)])
    assert found.verdict == INVALID
    assert found.reasons == (
        "3 of 3 blocks were dropped",
        "0 blocks, and 12 are the least that can be sure",
    )


def test_more_errors_are_a_regression_whatever_the_figures() -> None:
    found = judged([block(n, errors=4) for n in range(1, 51)])
    assert found.verdict == REGRESSION
    errors, stalls = found.shares
    assert (errors.verdict, stalls.verdict) == (REGRESSION, PASS)
    assert errors.candidate == pytest.approx(0.01) and errors.baseline == 0
    assert found.reasons[0].startswith("errors: 1.00% of the requests")


def test_a_tail_of_few_requests_gates_nothing() -> None:
    found = judged([block(n) for n in range(1, 21)])
    tail = found.metrics[-1]
    assert tail.name == "p99.9" and tail.verdict == INCONCLUSIVE
    assert tail.reason == "insufficient data: not every block has it"
    assert f"p99.9 gates nothing: {tail.reason}" in found.reasons


def test_the_same_blocks_and_seed_give_the_same() -> None:
    blocks = [block(n, worse=1.01) for n in range(1, 31)]
    assert judged(blocks) == judged(blocks)


def test_a_figure_that_is_unknown_is_said() -> None:
    with pytest.raises(ValueError, match="there is no figure 'p42': server_cpu_per_request"):
        with_deltas({"p42": 0.1})


def test_exceedances_that_come_together_are_worth_less() -> None:
    even = effective_exceedances([[(10, 1000)] * 10] * 4)
    clustered = effective_exceedances([[(100, 1000), *[(0, 1000)] * 9]] * 4)
    assert even == 400
    assert clustered < 10
    assert effective_exceedances([]) == effective_exceedances([[(5, 100)]]) == 0
    assert effective_exceedances([[(0, 10), (0, 10)]]) == 0


def test_blocks_that_differ_lose_no_exceedances_by_that() -> None:
    assert effective_exceedances([[(10, 1000)] * 10, [(100, 1000)] * 10]) == 1100


def test_bursts_that_stall_keep_no_quantile_from_gating() -> None:
    p90 = next(one for one in FIGURES if one.name == "p90")
    for slow in (0, 2):
        swapped: dict[str, Side] = {BASELINE: CANDIDATE, CANDIDATE: BASELINE}
        made = with_turns(slow)
        bursts = tuple(replace(one, lane=swapped[one.lane]) for one in made.bursts)
        kept = [Sides(replace(made, bursts=bursts))] * 20
        assert why_not_gating(p90, [0.0] * 20, kept) is None
        pooled_tail = replace(p90, is_pooled=True)
        assert (why_not_gating(pooled_tail, [0.0] * 20, kept) is None) == (slow == 0)


@pytest.mark.parametrize(
    ("withheld", "names"),
    [
        ((), ()),
        (("p99", "p99.9"), ("p99", "p99.9")),
        (("cheap.p99", "mean_ns"), ()),  # a gate looks at all requests together
    ],
)
def test_a_quantile_that_late_sends_may_have_moved_on_one_side_is_no_figure_of_the_block(
    withheld: tuple[str, ...], names: tuple[str, ...]
) -> None:
    made = with_turns(0)
    of_it = (CANDIDATE, OPEN.word)
    bursts, merged = (
        tuple(
            replace(one, withheld=withheld) if (one.lane, one.load) == of_it else one
            for one in every
        )
        for every in (made.bursts, made.merged)
    )
    found = replace(made, bursts=bursts, merged=merged)
    untold = [
        one.name
        for one in FIGURES
        if log_ratio(one, made) is not None and log_ratio(one, found) is None
    ]
    assert untold == list(names)
