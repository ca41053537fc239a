"""A lane's warm-up: until its rate no longer climbs, and no longer than is allowed."""

import math
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from contend import _engine
from contend.blocks.record import LaneRecord, Window
from contend.blocks.shape import Shape, WarmUp
from contend.blocks.warm import goodput_per_s, is_steady, warm
from contend.errors import TargetError
from contend.machine.interrupts import Interrupted
from made_lanes import CORES, MIX, MS_NS, MadeProgram, answer, engine_of, setup_of

WARM_UP = WarmUp(window_ns=250 * MS_NS, most_ns=15_000 * MS_NS)


def windows(rates: Sequence[float]) -> list[Window]:
    return [Window(round(rate), 0, None) for rate in rates]


def steady_after(rates: Sequence[float], asked: WarmUp = WARM_UP) -> int | None:
    """With how many windows it is over; None if it isn't with all of them."""
    for n in range(len(rates) + 1):
        if is_steady(windows(rates[:n]), asked):
            return n
    return None


@pytest.mark.parametrize(
    ("rates", "over_after"),
    [
        ([], None),
        ([1000], None),
        ([1000, 1000], None),  # the first is a record
        ([1000, 1000, 1000], 3),
        ([1000, 1050, 1050], 3),  # no more than 5% is none
        ([1000, 1051, 1051], None),
        ([1000, 1051, 1051, 1051, 1051], None),  # it has climbed
        ([1000, 1051, 1051, 1051, 1051, 1051], 6),
        ([1000, 1040, 1051, 1051], None),  # above the last record, and not above the best
        ([1000, 900, 800], 3),  # it falls: it does not climb
        ([1000, 900, 1100, 1000, 1150, 1000], None),
        ([1000, 900, 1100, 1000, 1150, 1000, 1150], 7),
        ([1000, 900, 1100, 1000, 1156, 1000, 1000, 1000], None),
        ([1000, 900, 1100, 1000, 1156, 1000, 1000, 1000, 1000], 9),
        ([0, 0], 2),  # none at all is no record
        ([0, 1000, 1000, 1000], 4),  # the first one that there is
    ],
)
def test_it_is_over_after_two_windows_without_a_record_and_once_it_climbed_after_four(
    rates: list[float], over_after: int | None
) -> None:
    assert steady_after(rates) == over_after


def test_a_rate_that_creeps_up_is_not_mistaken_for_a_steady_one() -> None:
    """3% a window is no record against the one before, but every second one is against the last
    record."""
    creeping = [1000 * 1.03**n for n in range(60)]
    assert steady_after(creeping) is None
    climbing = [1000 * 1.06**n for n in range(20)]
    assert steady_after([*climbing, *[climbing[-1]] * 5]) == 24


def test_a_jit_that_stops_climbing_is_steady_soon_after() -> None:
    rates = [10_000 * (1 - math.exp(-(n + 1) / 4)) for n in range(60)]
    over = steady_after(rates)
    assert over is not None and rates[over - 1] > 0.9 * 10_000
    assert over < 30


@pytest.mark.parametrize("sigma", [0.02, 0.05, 0.2])
def test_noise_keeps_no_warm_up_from_its_end(sigma: float) -> None:
    ends = []
    for seed in range(200):
        draw = random.Random(seed)
        over = steady_after([1000 * math.exp(draw.gauss(0, sigma)) for _ in range(60)])
        assert over is not None
        ends.append(over)
    assert sorted(ends)[100] <= 6 and max(ends) < 60


def test_more_windows_can_be_asked_for() -> None:
    rates = [1000.0] * 10
    assert steady_after(rates, WarmUp(level=4)) == 5
    assert steady_after([500, *rates], WarmUp(steady=7)) == 9
    assert steady_after([1000, 1090, 1099], WarmUp(climb=0.1)) == 3
    assert steady_after([1000, 1020, 1020], WarmUp(climb=0.01)) is None


def warmed(completed: Iterator[int], warm_up: WarmUp = WARM_UP, **given: Any) -> LaneRecord:
    def respond(spec: _engine.TrialSpec) -> Any:
        return answer(spec, next(completed), **given)

    setup = setup_of(respond, Shape(warm_up=warm_up))
    with MadeProgram("a", 1).launch(CORES.server, time.sleep) as target:
        found = warm(setup, "a", target)
    assert len(engine_of(setup).asked) == len(found.windows)
    return found


def test_what_it_cost_is_of_the_last_windows() -> None:
    """As many of them as a rate that never climbed has to be level for."""
    completed = [100, 500, 1000, 1000, 1000, 900, 900]
    costs_ns = [90_000] * 5 + [40_000, 60_000]
    turns = iter(zip(completed, costs_ns, strict=True))
    setup = setup_of(lambda spec: answer(spec, *next(turns)), Shape(warm_up=WARM_UP))
    with MadeProgram("a", 1).launch(CORES.server, time.sleep) as target:
        found = warm(setup, "a", target)
    assert [one.completed for one in found.windows] == completed
    assert found.is_steady and found.cost_ns == 50_000 and found.window_ns == 250 * MS_NS
    assert [one.server_cpu_ns for one in found.windows[:2]] == [100 * 90_000, 500 * 90_000]
    assert found.windows[-1].p99_ns == pytest.approx(5 * MS_NS, rel=1e-3)
    assert goodput_per_s(found, WARM_UP) == pytest.approx(900 / 0.25)


def test_windows_of_a_mix_are_whole_decks_scaled_to_their_length() -> None:
    """After the first one, which shows how many come to a window."""

    def respond(spec: _engine.TrialSpec) -> Any:
        if not spec.max_requests:
            return answer(spec, 1009)
        return answer(spec, spec.max_requests, duration_ns=500 * MS_NS)  # twice a window's length

    setup = setup_of(respond, Shape(warm_up=WARM_UP))
    with MadeProgram("a", 1, classes=MIX).launch(CORES.server, time.sleep) as target:
        found = warm(setup, "a", target)
    assert [one.max_requests for one in engine_of(setup).asked] == [0, 1000, 500]
    assert [one.completed for one in found.windows] == [1009, 500, 250]
    assert [one.server_cpu_ns for one in found.windows] == [n * 50_000 for n in (1009, 500, 250)]
    assert goodput_per_s(found, WARM_UP) == pytest.approx(375 / 0.25)
    assert found.cost_ns == 50_000


def test_windows_of_one_class_are_times() -> None:
    setup = setup_of(answer, Shape(warm_up=WARM_UP))
    with MadeProgram("a", 1).launch(CORES.server, time.sleep) as target:
        warm(setup, "a", target)
    assert [one.max_requests for one in engine_of(setup).asked] == [0, 0, 0]


def test_a_mix_that_completed_nothing_yet_is_asked_for_a_time_again() -> None:
    completed = iter([0, 1000, 1000, 1000, 1000])
    setup = setup_of(
        lambda spec: answer(spec, next(completed)), Shape(warm_up=WarmUp(level=3, steady=3))
    )
    with MadeProgram("a", 1, classes=MIX).launch(CORES.server, time.sleep) as target:
        warm(setup, "a", target)
    assert [one.max_requests for one in engine_of(setup).asked][:3] == [0, 0, 1000]


def test_it_ends_in_time_though_the_rate_still_climbs() -> None:
    warm_up = WarmUp(window_ns=100 * MS_NS, most_ns=1000 * MS_NS)
    found = warmed((1000 + 100 * n for n in range(1_000)), warm_up)
    assert len(found.windows) == 10 and not found.is_steady


def test_a_server_that_answers_nothing_is_said_so() -> None:
    with pytest.raises(TargetError, match="a: no response was right under load"):
        warmed(iter([0] * 100))


def test_a_window_that_is_stopped_ends_it() -> None:
    with pytest.raises(Interrupted):
        warmed(iter([100] * 100), stopped=True)


def test_a_server_that_ends_is_said_so() -> None:
    setup = setup_of(answer)
    with (
        MadeProgram("a", 1, lives=1).launch(CORES.server, time.sleep) as target,
        pytest.raises(TargetError, match="a: exited with 3"),
    ):
        warm(setup, "a", target)
    assert len(engine_of(setup).asked) == 2
