"""Gates drawn from log-ratios that are made up."""

import numpy as np
from contend.gate.admission import gates_from, why_not_gating
from contend.gate.decide import Looks
from contend.gate.document import PASS, REGRESSION
from contend.gate.figures import FIGURES, Sides
from contend.gate.simulate import Drawable, simulate
from contend.stats.sign_flip import Floats
from test_gate_decide import with_turns

CPU, P99 = FIGURES[0], next(one for one in FIGURES if one.name == "p99")
LOOKS = Looks(50)  # at 12, 20, 30, 40, 50
GATES = 30


def noise(sigma: float = 0.005, blocks: int = 200) -> Floats:
    return np.random.default_rng(1).normal(0, sigma, (blocks, 2))


def test_a_figure_counts_once_its_tail_is_known() -> None:
    late = Drawable([CPU, P99], noise(), [1, 25])
    worse = simulate(late, LOOKS, GATES, 1, {"p99": 1.5})
    assert (worse.by_verdict, worse.median_blocks) == ({REGRESSION: GATES}, 30)
    equal = simulate(late, LOOKS, GATES, 1)  # and a pass waits for it
    assert (equal.by_verdict, equal.median_blocks) == ({PASS: GATES}, 30)
    early = Drawable([CPU, P99], noise(), [1, 1])
    assert simulate(early, LOOKS, GATES, 1, {"p99": 1.5}).median_blocks == 12
    assert simulate(Drawable([P99], noise()[:, :1], [25]), LOOKS, GATES, 1).median_blocks == 30


def test_a_coin_takes_away_what_favours_a_side() -> None:
    favoured = Drawable([CPU, P99], noise() + 0.1, [1, 1])
    assert simulate(favoured, LOOKS, GATES, 1).regressions == GATES
    assert simulate(favoured, LOOKS, GATES, 1, swaps_sides=True).regressions <= 2
    shifted = simulate(favoured, LOOKS, GATES, 1, {CPU.name: 1.5}, swaps_sides=True)
    assert shifted.regressions == GATES


def test_a_figure_gates_from_as_many_blocks_on_as_a_gate_would_need() -> None:
    blocks = [Sides(with_turns(0))] * 20
    logs = [0.0] * 20
    needed = gates_from(P99, logs, blocks)
    assert needed is not None and 1 < needed <= 20
    assert why_not_gating(P99, logs[:needed], blocks[:needed]) is None
    assert why_not_gating(P99, logs[: needed - 1], blocks[: needed - 1]) is not None
    assert gates_from(CPU, logs, blocks) == 1
    assert gates_from(CPU, [*logs[1:], None], blocks) is None
    assert gates_from(P99, [], []) is None
