"""A block with made servers and a made engine: what is measured, in which order, what is kept."""

import os
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from contend import _engine
from contend.blocks.judge import idle_shares, judged
from contend.blocks.lane import Lane
from contend.blocks.measure import LaneError, measure_block
from contend.blocks.record import BlockRecord
from contend.blocks.shape import Shape
from contend.machine.cores import Cores
from contend.machine.interrupts import Interrupted
from contend.suites.load import Load
from contend.suites.request_class import RequestClass
from contend.suites.suite import BURST_NS, OPEN_BURST_NS
from contend.trials.brackets import Bracket
from contend.trials.histograms import Histogram
from contend.trials.spec import deck_size
from made_lanes import (
    MIX,
    MS_NS,
    SHAPE,
    MadeEngine,
    MadeProgram,
    Respond,
    answer,
    engine_of,
    lanes_of,
    program_of,
    setup_of,
)
from made_results import Counts, histogram, one_class, usage

CLOSED, OPEN = Load(connections=8), Load("poisson", 8, 1000.0)
BUSY = Load("poisson", 8, busy=0.5)
TURNS = ((OPEN, 5), (CLOSED, 3))
PORTS = {"a": 1, "b": 2, "c": 3}


def measured(
    respond: Respond = answer, lanes: Sequence[Lane] = (), seed: str = "7", number: int = 1
) -> BlockRecord:
    setup = setup_of(respond)
    return measure_block(lanes or lanes_of(**PORTS), TURNS, setup, seed, number, "hello")


def order(block: BlockRecord) -> list[tuple[str, int, str]]:
    return [(one.load, one.round, one.lane) for one in block.bursts]


def test_every_lane_and_load_has_its_rounds() -> None:
    block = measured()
    counts = Counter((one.lane, one.load) for one in block.bursts)
    assert counts == {
        (lane, load): n for lane in PORTS for load, n in ((OPEN.word, 5), (CLOSED.word, 3))
    }
    for lane in PORTS:
        assert [one.round for one in block.of(lane, OPEN.word)] == [1, 2, 3, 4, 5]
    assert (block.number, block.workload, block.apart) == (1, "hello", "")
    assert block.loads == (OPEN, CLOSED) and block.dropped is None
    assert [one.name for one in block.lanes] == list(PORTS)
    assert block.seconds > 0


def test_a_round_is_a_burst_of_each_lane_with_the_same_arrivals() -> None:
    setup = setup_of(answer)
    block = measure_block(lanes_of(**PORTS), TURNS, setup, "7", 1)
    asked = engine_of(setup).bursts
    assert len(asked) == len(block.bursts) == 24
    arrivals = [one.seed for one in asked]
    for start in range(0, 24, 3):
        turn = block.bursts[start : start + 3]
        assert len({(one.load, one.round) for one in turn}) == 1
        assert {one.lane for one in turn} == set(PORTS)
        assert len(set(arrivals[start : start + 3])) == 1
        assert [one.port for one in asked[start : start + 3]] == [PORTS[one.lane] for one in turn]
    assert len(set(arrivals)) == 8, "each round has its own"


def test_the_shape_has_the_lengths_that_suites_reckon_with() -> None:
    shape = Shape()
    assert (shape.counted_ns(is_open=False), shape.counted_ns(is_open=True)) == (
        BURST_NS,
        OPEN_BURST_NS,
    )
    assert (BURST_NS, OPEN_BURST_NS, shape.lead_ns) == (250 * MS_NS, 500 * MS_NS, 40 * MS_NS)


def test_the_closed_loop_comes_first_in_its_rounds_and_then_what_has_a_rate() -> None:
    turns = ((OPEN, 5), (CLOSED, 5), (BUSY, 5), (Load(connections=16), 5))
    block = measure_block(lanes_of(**PORTS), turns, setup_of(answer), "7", 1)
    loads = [one.load for one in block.bursts[::3]]
    assert Counter(loads) == {load.word: 5 for load, _ in turns}
    closed, opened = loads[:10], loads[10:]
    assert set(closed) == {"closed-c8", "closed-c16"}
    assert set(opened) == {OPEN.word, BUSY.word}
    for of_it in (closed, opened):
        assert of_it not in (sorted(of_it), sorted(of_it, reverse=True)), "loads are mixed"


def test_lanes_and_rounds_come_in_a_drawn_order() -> None:
    block = measured()
    turns = [tuple(one.lane for one in block.bursts[at : at + 3]) for at in range(0, 24, 3)]
    assert len(set(turns)) > 1
    assert {turn[0] for turn in turns} == set(PORTS), "none always comes first"
    again = measured()
    assert order(again) == order(block)
    assert order(measured(seed="8")) != order(block)
    assert order(measured(number=2)) != order(block)


def test_a_burst_is_asked_for_as_its_load_and_the_shape_say() -> None:
    setup = setup_of(answer, cores=Cores((0,), (1,)))
    measure_block(lanes_of(a=1), ((OPEN, 1), (CLOSED, 1)), setup, "7", 1)
    engine = engine_of(setup)
    for one in engine.bursts:
        lasts_ns = (250 if one.arrivals == "closed" else 500) * MS_NS
        assert (one.warmup_ns, one.duration_ns) == (SHAPE.lead_ns, lasts_ns)
        assert one.max_requests == 0
        assert one.timeout_ns == setup.shape.timeout_ns and one.connections == 8
        assert list(one.cpus) == [1]
    by_arrivals = {one.arrivals: one for one in engine.bursts}
    assert by_arrivals["poisson"].rate_per_s == 1000.0
    assert by_arrivals["poisson"].pacing == "busy"
    assert by_arrivals["closed"].pacing == "sleep", "polling would make it look busy"
    for window in engine.windows:
        assert (window.arrivals, window.connections) == ("closed", 64)
        assert window.duration_ns == setup.shape.warm_up.window_ns


def test_every_lane_is_warm_before_the_first_burst() -> None:
    setup = setup_of(answer)
    measure_block(lanes_of(**PORTS), TURNS, setup, "7", 1)
    kinds = [bool(one.warmup_ns) for one in engine_of(setup).asked]
    assert kinds == sorted(kinds), "windows first, then bursts"
    assert Counter(one.port for one in engine_of(setup).windows) == {1: 3, 2: 3, 3: 3}


def test_a_utilisation_costs_what_the_closed_bursts_of_its_block_cost() -> None:
    """0.5 of two cores at 50 µs and at 200 µs a request, of 100 at 80 µs and 300 at 40 µs, and four
    times that; what the warm-up cost doesn't count."""
    turns = {1: iter([(100, 80_000), (300, 40_000)]), 2: iter([(100, 320_000), (300, 160_000)])}

    def respond(spec: _engine.TrialSpec) -> Any:
        if spec.arrivals == "closed" and spec.warmup_ns:
            return answer(spec, *next(turns[spec.port]))
        return answer(spec, cpu_ns=900_000)

    setup = setup_of(respond, cores=Cores((0, 1), (2,)))
    block = measure_block(lanes_of(a=1, b=2), ((BUSY, 2), (CLOSED, 2)), setup, "7", 1)
    rates = {one.name: one.rates_per_s for one in block.lanes}
    assert rates["a"] == {BUSY.word: pytest.approx(0.5 * 2 / 50e-6)}
    assert rates["b"] == {BUSY.word: pytest.approx(0.5 * 2 / 200e-6)}
    asked = {
        one.port: one.rate_per_s for one in engine_of(setup).bursts if one.arrivals != "closed"
    }
    assert asked == {1: pytest.approx(20_000), 2: pytest.approx(5_000)}
    assert {one.cost_ns for one in block.lanes} == {900_000}, "of the warm-up"


@pytest.mark.parametrize("closed", [(), ((CLOSED, 1),)])
def test_without_a_closed_burst_that_tells_it_costs_what_the_last_windows_cost(
    closed: tuple[tuple[Load, int], ...],
) -> None:
    """Dearer windows before them don't count."""
    seen: Counter[int] = Counter()

    def respond(spec: _engine.TrialSpec) -> Any:
        usual_ns = {1: 50_000, 2: 200_000}[spec.port]
        seen[spec.port] += 1
        if spec.warmup_ns:
            return answer(spec, 0)
        return answer(spec, cpu_ns=900_000 if seen[spec.port] == 1 else usual_ns)

    setup = setup_of(respond, cores=Cores((0, 1), (2,)))
    block = measure_block(lanes_of(a=1, b=2), ((BUSY, 2), *closed), setup, "7", 1)
    rates = {one.name: one.rates_per_s for one in block.lanes}
    assert rates["a"] == {BUSY.word: pytest.approx(0.5 * 2 / 50e-6)}
    assert rates["b"] == {BUSY.word: pytest.approx(0.5 * 2 / 200e-6)}
    asked = {
        one.port: one.rate_per_s for one in engine_of(setup).bursts if one.arrivals != "closed"
    }
    assert asked == {1: pytest.approx(20_000), 2: pytest.approx(5_000)}
    assert {one.cost_ns for one in block.lanes} == {50_000, 200_000}


def mixed(turns: Sequence[tuple[Load, int]], respond: Respond) -> tuple[BlockRecord, MadeEngine]:
    setup = setup_of(respond)
    block = measure_block([Lane("a", MadeProgram("a", 1, classes=MIX))], turns, setup, "7", 1)
    return block, engine_of(setup)


def of_requests(spec: _engine.TrialSpec) -> Any:
    """They take 600 ms."""
    if not spec.max_requests:
        return answer(spec)
    return answer(spec, spec.max_requests, duration_ns=600 * MS_NS)


def test_a_burst_of_a_mix_is_whole_decks_and_no_time() -> None:
    """In the closed loop as many as its last windows, of 600 and 100 in 100 ms, make of 250 ms; at
    a rate as many as it sends in 500 ms."""
    turns = ((OPEN, 2), (CLOSED, 2), (Load("constant", 8, 7.0), 1))
    block, engine = mixed(turns, of_requests)
    bursts = engine.asked[len(block.lanes[0].windows) :]
    assert [one.completed for one in block.lanes[0].windows] == [600, 100, 17]
    asked = {(one.arrivals, one.max_requests, one.warmup_ns) for one in bursts}
    able_per_s = (100 + 17) / 0.2
    assert asked == {
        ("closed", 20 * round(able_per_s * 0.25 / 20), 0),
        ("poisson", 500, 0),
        ("constant", 20, 0),  # a whole deck at least
    }
    assert len(bursts) == len(block.bursts) == 5
    for one, spec in zip(block.bursts, bursts, strict=True):
        assert one.is_of_requests and one.duration_ns == 600 * MS_NS
        assert one.completed == one.scheduled == spec.max_requests


def test_a_burst_of_one_class_is_a_time() -> None:
    assert not any(one.is_of_requests for one in measured().bursts)


@pytest.mark.parametrize(
    ("deck", "requests"),
    [
        (1, 0),  # one class
        (20, 500),
        (30, 510),
        (100, 500),
        (101, 0),  # too many to have them whole
    ],
)
def test_decks_come_as_near_to_a_bursts_length_as_whole_ones_do(deck: int, requests: int) -> None:
    assert Shape().requests(OPEN, 1000.0, deck) == requests
    assert Shape().requests(CLOSED, 2000.0, deck) == requests


def test_what_a_server_pushes_comes_in_no_deck() -> None:
    assert deck_size(MIX) == 20
    assert deck_size([RequestClass("GET /")]) == 1
    assert deck_size([*MIX, RequestClass("event", pushed=True)]) == 1


def test_a_lane_takes_only_the_loads_that_it_has_a_part_in() -> None:
    a, b = lanes_of(a=1, b=2)
    block = measured(lanes=[a, Lane("b", b.program, (CLOSED.word,))])
    assert {one.load for one in block.of("b")} == {CLOSED.word}
    assert {one.load for one in block.of("a")} == {CLOSED.word, OPEN.word}
    records = {one.name: one for one in block.lanes}
    assert records["b"].rates_per_s == {} and records["a"].rates_per_s == {OPEN.word: 1000.0}


def test_what_a_burst_shows_is_kept() -> None:
    def respond(spec: _engine.TrialSpec) -> Any:
        counts = Counts(ok=500, timeout=3, reset=2)
        return answer(spec, 500, requests=counts, sent=505, beside=usage(7_000_000))

    block = measured(respond)
    for one in block.bursts:
        assert (one.scheduled, one.completed, one.failed) == (505, 500, 5)
        assert one.errors == {"timeout": 3, "reset": 2}
        assert one.server_cpu_ns == 500 * 50_000 and one.beside_cpu_ns == 7_000_000
        assert one.duration_ns == (250 if one.load == CLOSED.word else 500) * MS_NS
        assert one.conditions is not None and one.conditions.sent == 505
        assert one.latency.count == 500
        assert "p99.9" not in one.latency.quantiles_ns, "no request of 500 is beyond it"
        assert one.latency.quantiles_ns["p50"] == pytest.approx(MS_NS, rel=1e-3)
    lane = block.lanes[0]
    assert lane.cold_start_ns == MS_NS and lane.body_bytes == {"GET /": 5}
    assert lane.log == "a is up" and lane.peak_rss_bytes == 50 << 20


def by_lane_and_round(spec: _engine.TrialSpec) -> Any:
    """No two bursts have the same latencies."""
    scatter = 1 + (spec.seed % 97) / 100
    values: dict[int, int] = defaultdict(int)
    for k in range(400):
        values[round(MS_NS * spec.port * scatter * (1 + k / 100))] += 1
    classes = [
        one_class("cheap", 0.75, Counts(ok=300), histogram(dict(list(values.items())[:300]))),
        one_class("dear", 0.25, Counts(ok=100), histogram(dict(list(values.items())[300:]))),
    ]
    for one in classes:
        one.lowest_lower_bound_ns = None
    return answer(spec, 400, latency=histogram(values), classes=classes)


def test_merged_histograms_are_the_sum_of_the_bursts() -> None:
    setup = setup_of(by_lane_and_round)
    block = measure_block(lanes_of(**PORTS), TURNS, setup, "7", 1)
    asked = engine_of(setup).bursts
    assert len(block.merged) == 6
    for merged in block.merged:
        every, dear = Histogram(), Histogram()
        for spec, burst in zip(asked, block.bursts, strict=True):
            if (burst.lane, burst.load) == (merged.lane, merged.load):
                made = by_lane_and_round(spec)
                every.add(made.latency)
                dear.add(made.classes[1].latency)
        assert merged.latency == every.encode()
        assert set(merged.classes) == {"cheap", "dear"}
        assert merged.classes["dear"] == dear.encode()
        assert merged.lowest_lower_bound_ns == {}


def test_requests_beyond_the_lanes_quantile_are_counted_in_each_burst() -> None:
    setup = setup_of(by_lane_and_round)
    block = measure_block(lanes_of(**PORTS), TURNS, setup, "7", 1)
    asked = engine_of(setup).bursts
    for merged in block.merged:
        for name, encoded in (("", merged.latency), *merged.classes.items()):
            of_all = Histogram.decode(encoded)
            for quantile, value in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
                limit_ns = of_all.value_at_quantile_ns(value)
                found = 0
                for spec, burst in zip(asked, block.bursts, strict=True):
                    if (burst.lane, burst.load) != (merged.lane, merged.load):
                        continue
                    made = by_lane_and_round(spec)
                    by_class = {one.name: one.latency for one in made.classes}
                    own = (by_class[name] if name else made.latency).count_above_ns(limit_ns)
                    kept = burst.classes[name] if name else burst.latency
                    assert kept.beyond.get(quantile, 0) == own
                    found += own
                assert found == pytest.approx((1 - value) * of_all.count, abs=8)


def test_a_burst_that_stalled_does_not_move_what_the_others_are_measured_by() -> None:
    """Of p99 and below; p99.9 is of all of them."""

    def respond(spec: _engine.TrialSpec) -> Any:
        if spec.warmup_ns and not stalled:
            stalled.append(spec)
            return answer(spec, 600, latency=histogram({900 * MS_NS: 600}))
        return answer(spec, 600)

    stalled: list[_engine.TrialSpec] = []
    setup = setup_of(respond)
    block = measure_block(lanes_of(a=1), ((CLOSED, 5),), setup, "7", 1)
    first, *others = block.bursts
    assert first.latency.beyond["p99"] == 600
    assert all("p99" not in one.latency.beyond for one in others), "12 of them are at it"
    assert first.latency.beyond.get("p99.9", 0) == 0, "600 of 3,000 are at it"


def test_the_lowest_lower_bound_of_all_bursts_is_kept() -> None:
    bounds = iter([90, 70, 80])

    def respond(spec: _engine.TrialSpec) -> Any:
        return answer(spec, lowest_lower_bound_ns=next(bounds) if spec.warmup_ns else None)

    block = measure_block(lanes_of(a=1), ((CLOSED, 3),), setup_of(respond), "7", 1)
    assert block.merged[0].lowest_lower_bound_ns == {"": 70}


def test_cpu_of_a_lane_at_rest_is_recorded_and_told() -> None:
    """Lane `b` is this process, which works while the others are loaded."""

    def respond(spec: _engine.TrialSpec) -> Any:
        until = time.process_time() + 0.02
        while spec.warmup_ns and spec.port != 2 and time.process_time() < until:
            pass
        return answer(spec)

    lanes = lanes_of(**PORTS)
    program_of(lanes[1]).pid = os.getpid()
    block = measured(respond, lanes)
    for one in block.bursts:
        if one.lane == "b":
            assert one.idle_cpu_ns == {}, "a and c are no processes"
        else:
            assert set(one.idle_cpu_ns) == {"b"} and one.idle_cpu_ns["b"] >= 20 * MS_NS
    assert {name for name, share in idle_shares(block).items() if share} == {"b"}
    assert idle_shares(block)["b"] >= 20 / 250


def test_cpu_of_a_lane_at_rest_is_scaled_to_what_is_counted_of_a_burst() -> None:
    """Lane `b` is this process: it works for half of the time that the others' bursts really take,
    of which 250 ms are said to be counted."""
    shares: list[float] = []

    def respond(spec: _engine.TrialSpec) -> Any:
        began, used = time.monotonic(), time.process_time()
        while spec.warmup_ns and time.process_time() < used + 0.03:
            pass
        time.sleep(0.03 if spec.warmup_ns else 0)
        if spec.warmup_ns and spec.port != 2:
            shares.append((time.process_time() - used) / (time.monotonic() - began))
        return answer(spec)

    lanes = lanes_of(a=1, b=2)
    program_of(lanes[1]).pid = os.getpid()
    block = measure_block(lanes, ((CLOSED, 3),), setup_of(respond), "7", 1)
    found = [one.idle_cpu_ns["b"] / one.duration_ns for one in block.of("a")]
    assert found == pytest.approx(shares, abs=0.1) and len(found) == 3


LATE = histogram({1_000: 500, 2_000: 100})


def late_by(late_ns: int, spec: _engine.TrialSpec) -> Any:
    """600 requests of 1 and 2 µs, of which the fast ones might have taken so much more. The dear
    class is the slow ones, which nothing moved."""
    if spec.arrivals == "closed":
        return answer(spec, latency=LATE)
    high = histogram({1_000 + late_ns: 500, 2_000: 100})
    cheap, dear = histogram({1_000: 500}), histogram({2_000: 100})
    classes = [
        one_class(
            "cheap",
            0.75,
            Counts(ok=500),
            cheap,
            latency_low=cheap,
            latency_high=histogram({1_000 + late_ns: 500}),
        ),
        one_class("dear", 0.25, Counts(ok=100), dear, latency_low=dear, latency_high=dear),
    ]
    return answer(spec, latency=LATE, latency_low=LATE, latency_high=high, classes=classes)


def test_of_all_bursts_at_a_rate_it_is_kept_how_far_late_sends_may_have_moved_quantiles() -> None:
    """Of a class too; not those that they have not moved at all."""
    setup = setup_of(lambda spec: late_by(300, spec))
    block = measure_block(lanes_of(a=1), ((OPEN, 3), (CLOSED, 2)), setup, "7", 1)
    kept = {one.load: one.brackets for one in block.merged}
    p50 = Bracket(1_000, 1_300, 300)
    assert kept[OPEN.word] == {
        "": {"mean_ns": Bracket(1_166, 1_417, 250), "p50": p50},
        "cheap": {"mean_ns": p50} | dict.fromkeys(("p50", "p90", "p99", "p99.9"), p50),
    }
    assert kept[CLOSED.word] == {}
    assert not any(one.withheld for one in block.merged), "not judged yet"


def test_punctual_sends_leave_nothing_to_keep() -> None:
    setup = setup_of(lambda spec: late_by(0, spec))
    block = measure_block(lanes_of(a=1), ((OPEN, 3), (CLOSED, 2)), setup, "7", 1)
    assert [one.brackets for one in block.merged] == [{}, {}]


def test_what_one_burst_might_have_been_moves_all_of_them_together() -> None:
    """In two of five all were late, less than half of the requests: p50 is none of them."""
    turns = iter([0, 800, 0, 800, 0])

    def respond(spec: _engine.TrialSpec) -> Any:
        if not spec.warmup_ns:
            return answer(spec)
        high = histogram({1_000 + next(turns): 600})
        same = histogram({1_000: 600})
        punctual = histogram()
        return answer(
            spec,
            latency=same,
            latency_low=same,
            latency_high=high,
            own_lateness=punctual,
        )

    block = measure_block(lanes_of(a=1), ((OPEN, 5),), setup_of(respond), "7", 1)
    moved = Bracket(1_000, 1_800, 800)
    assert block.merged[0].brackets == {
        "": {"mean_ns": Bracket(1_000, 1_320, 320), "p90": moved, "p99": moved, "p99.9": moved}
    }
    assert judged(block).merged[0].withheld == (), "0.8 µs are nothing"


def test_a_lane_that_dies_in_mid_block_drops_it_and_is_named() -> None:
    lanes = lanes_of(**PORTS)
    program_of(lanes[1]).lives = 3 + 4  # after its warm-up's windows, four of its bursts
    setup = setup_of(answer)
    with pytest.raises(LaneError, match="b: exited with 3") as caught:
        measure_block(lanes, TURNS, setup, "7", 4, "hello")
    record = caught.value.record
    assert (record.number, record.workload, record.failed_lane) == (4, "hello", "b")
    assert record.dropped is not None and "b: exited with 3" in record.dropped
    assert record.bursts == () and record.seconds > 0
    assert judged(record) == record
    assert Counter(one.port for one in engine_of(setup).bursts)[2] == 5
    assert [program_of(one).live for one in lanes] == [0, 0, 0], "the others were stopped"


@pytest.mark.parametrize("lane", list(PORTS))
def test_a_lane_that_does_not_start_is_named(lane: str) -> None:
    lanes = lanes_of(**PORTS)
    program_of(next(one for one in lanes if one.name == lane)).fails = "no such package"
    with pytest.raises(LaneError) as caught:
        measured(lanes=lanes)
    assert caught.value.record.failed_lane == lane
    assert [program_of(one).live for one in lanes] == [0, 0, 0]


def test_a_lane_without_a_right_response_is_named() -> None:
    def respond(spec: _engine.TrialSpec) -> Any:
        return answer(spec, 0 if spec.port == 3 else 600)

    with pytest.raises(LaneError, match="c: no response was right under load") as caught:
        measured(respond)
    assert caught.value.record.failed_lane == "c"


@pytest.mark.parametrize("during", ["warm-up", "burst"])
def test_an_interruption_passes_through(during: str) -> None:
    def respond(spec: _engine.TrialSpec) -> Any:
        return answer(spec, stopped=bool(spec.warmup_ns) == (during == "burst"))

    lanes = lanes_of(**PORTS)
    with pytest.raises(Interrupted):
        measured(respond, lanes)
    assert [program_of(one).live for one in lanes] == [0, 0, 0]
    assert all(program_of(one).launched for one in lanes)
