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
from contend.blocks.warm import is_steady, warm
from contend.errors import TargetError
from contend.machine.interrupts import Interrupted
from made_lanes import CORES, MS_NS, MadeProgram, answer, engine_of, setup_of

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
        ([1000, 1019, 1019], 3),  # less than 2% is none
        ([1000, 1021, 1021], None),
        ([1000, 1021, 1021, 1021], 4),
        ([1000, 900, 800], 3),  # it falls: it does not climb
        ([1000, 900, 1100, 1000], None),
        ([1000, 900, 1100, 1000, 1110], 5),
        ([0, 0], 2),  # none at all is no record
    ],
)
def test_it_is_over_after_two_windows_without_a_record(
    rates: list[float], over_after: int | None
) -> None:
    assert steady_after(rates) == over_after


def test_a_rate_that_creeps_up_is_not_mistaken_for_a_steady_one() -> None:
    """1.5% a window is no record against the last one, but every second one is against the best."""
    creeping = [1000 * 1.015**n for n in range(60)]
    assert steady_after(creeping) is None
    climbing = [1000 * 1.05**n for n in range(20)]
    assert steady_after([*climbing, *[climbing[-1]] * 3]) == 22


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
    assert steady_after(rates, WarmUp(steady=4)) == 5
    assert steady_after([1000, 1030, 1049], WarmUp(climb=0.05)) == 3


def warmed(completed: Iterator[int], warm_up: WarmUp = WARM_UP, **given: Any) -> LaneRecord:
    def respond(spec: _engine.TrialSpec) -> Any:
        return answer(spec, next(completed), **given)

    setup = setup_of(respond, Shape(warm_up=warm_up))
    with MadeProgram("a", 1).launch(CORES.server, time.sleep) as target:
        found = warm(setup, "a", target)
    assert len(engine_of(setup).asked) == len(found.windows)
    return found


def test_what_it_cost_is_of_the_last_windows() -> None:
    found = warmed(iter([100, 500, 1000, 1000, 1000]))
    assert [one.completed for one in found.windows] == [100, 500, 1000, 1000, 1000]
    assert found.is_steady and found.cost_ns == 50_000 and found.window_ns == 250 * MS_NS
    assert [one.server_cpu_ns for one in found.windows[:2]] == [100 * 50_000, 500 * 50_000]
    assert found.windows[-1].p99_ns == pytest.approx(5 * MS_NS, rel=1e-3)


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
