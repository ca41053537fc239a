"""The plan of trials: interleaved, seeded, resumable, within its budget."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from contend.errors import SuiteError
from contend.suites.cells import Cell
from contend.suites.plan import (
    EXTRA,
    EXTRA_STARTS,
    TRIAL_START_S,
    Finished,
    Planned,
    PlannedTrial,
    Stored,
    check_budget,
    plan,
    stated_s,
    trial_s,
)
from contend.suites.suite import Grid, Suite, read_suite


def suite(*grid: Grid, budget: str = "1h", starts: int = 5, seed: int = 3) -> Suite:
    return Suite(
        title="test",
        budget=budget,
        seed=seed,
        grid=grid,
        starts=starts,
        warmup="500ms",
        duration="1500ms",
    )


BOTH = Grid(backends=("a", "b"), workloads=("plaintext", "cpu-mix"), measure="trials")
AT_RATE = Grid(("a", "b"), ("plaintext",), arrivals="poisson", rates=(400.0,), measure="trials")
ONE = Grid(("a",), ("plaintext",), measure="trials")
TRIAL_S = 2 + TRIAL_START_S


def trials(planned: Sequence[Planned]) -> list[PlannedTrial]:
    found = [one for one in planned if isinstance(one, PlannedTrial)]
    assert len(found) == len(planned)
    return found


def ended(planned: Sequence[Planned], valid: bool = True) -> Stored:
    return Stored(tuple(Finished(one, valid) for one in trials(planned)))


def both(first: Stored, second: Stored) -> Stored:
    return Stored(first.trials + second.trials)


def test_a_cell_that_answers_nothing_twice_is_given_up_and_its_others_are_not() -> None:
    asked = suite(AT_RATE, ONE, starts=3)
    first = trials(plan(asked, ()))
    at_rate = [one for one in first if (one.cell.backend, one.cell.rate_per_s) == ("a", 400.0)]
    once, twice = (
        Stored(tuple(Finished(one, False, None, True) for one in at_rate[:n])) for n in (1, 2)
    )
    assert at_rate[2] in plan(asked, (), once)
    left = trials(plan(asked, (), twice))
    assert at_rate[0].cell not in {one.cell for one in left}
    assert {(one.cell.backend, one.cell.rate_per_s) for one in left} == {("a", None), ("b", 400.0)}


def test_each_round_measures_every_cell_once() -> None:
    found = trials(plan(suite(BOTH, AT_RATE), ()))
    assert len(found) == 6 * 5
    for round_number in range(5):
        in_round = found[6 * round_number : 6 * round_number + 6]
        assert len({trial.cell for trial in in_round}) == 6
        assert {trial.repetition for trial in in_round} == {round_number + 1}


def test_rounds_have_seeded_orders_of_their_own() -> None:
    found = trials(plan(suite(BOTH, AT_RATE), ()))
    orders = {tuple(trial.cell for trial in found[start : start + 6]) for start in range(0, 30, 6)}
    assert len(orders) > 1
    assert plan(suite(BOTH, AT_RATE), ()) == found
    assert plan(suite(BOTH, AT_RATE, seed=4), ()) != found


def test_backends_get_the_same_arrivals_in_a_repetition() -> None:
    found = trials(plan(suite(BOTH), ()))
    seeds = {
        (trial.cell.workload, trial.cell.load.word, trial.repetition): trial.seed
        for trial in found
        if trial.cell.backend == "a"
    }
    for trial in found:
        assert trial.seed == seeds[trial.cell.workload, trial.cell.load.word, trial.repetition]
    assert len(set(seeds.values())) == len(seeds)


def test_what_is_stored_is_not_planned_again() -> None:
    found = plan(suite(BOTH), ())
    assert plan(suite(BOTH), (), ended(found[:7])) == found[7:]
    assert plan(suite(BOTH), (), ended(found)) == []


def test_pairs_that_cannot_run_are_left_out() -> None:
    found = trials(plan(suite(BOTH), {("cpu-mix", "b")}))
    assert Counter((t.cell.workload, t.cell.backend) for t in found) == {
        ("plaintext", "a"): 5,
        ("plaintext", "b"): 5,
        ("cpu-mix", "a"): 5,
    }


def test_levels_of_capacity_are_refused_and_said_what_took_their_place(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_text(
        'title = "Old"\nbudget = "1m"\nseed = 1\n[[grid]]\nbackends = ["a"]\n'
        'workloads = ["plaintext"]\narrivals = "poisson"\nlevels = [0.8]\n'
    )
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert str(caught.value) == (
        f"{path}: grid.levels: what a server reaches at most is no measure of how busy it is; "
        "try busy, such as busy = [0.5]"
    )
    path.write_text(path.read_text().replace("levels = [0.8]", "busy = [0.8]"))
    assert read_suite(path).grid[0].busy == (0.8,)


def test_a_grid_may_have_starts_and_a_duration_of_its_own() -> None:
    long = Grid(("a",), ("cold",), starts=2, duration="30s", measure="trials")
    asked = suite(ONE, long)
    counts = Counter(one.cell.workload for one in trials(plan(asked, ())))
    assert counts == {"plaintext": 5, "cold": 2}
    assert trial_s(asked, Cell("cold", "a", "closed", 64)) == 30.5 + TRIAL_START_S
    assert trial_s(asked, Cell("plaintext", "a", "closed", 64)) == TRIAL_S
    assert stated_s(asked, ()) == pytest.approx(5 * TRIAL_S + 2 * (30.5 + TRIAL_START_S))


def test_invalid_trials_get_fresh_starts_a_few_times() -> None:
    finished = ended(plan(suite(ONE), ())[:2], valid=False)
    finished = both(finished, ended(plan(suite(ONE), (), finished)))
    extra = trials(plan(suite(ONE), (), finished))
    assert [trial.repetition for trial in extra] == [6, 7]
    assert {trial.stage for trial in extra} == {EXTRA}
    finished = both(finished, ended(extra, valid=False))
    assert plan(suite(ONE), (), finished) == []
    assert len(extra) == EXTRA_STARTS


@pytest.mark.parametrize(("more_s", "extra"), [(-0.1, 0), (0.1, 1), (TRIAL_S + 0.1, 2)])
def test_fresh_starts_stay_within_the_budget(more_s: float, extra: int) -> None:
    """As many of them as still fit, beside the five that are spent and one that is to come."""
    tight = suite(ONE, budget=f"{6 * TRIAL_S + more_s:.3f}s")
    finished = ended(plan(tight, ()), valid=False)
    assert len(plan(tight, (), finished)) == extra


def test_a_suite_over_its_budget_is_refused_with_both_figures() -> None:
    """All seconds count: those of starts too."""
    takes_s = 20 * TRIAL_S
    assert check_budget(suite(BOTH, budget="54s"), "x.toml", ()) == pytest.approx(takes_s)
    with pytest.raises(
        SuiteError, match=r"x\.toml: what it states takes 54 s.* budget of 53s; try"
    ):
        check_budget(suite(BOTH, budget="53s"), "x.toml", ())
    assert check_budget(suite(BOTH, budget="53s"), "x.toml", {("cpu-mix", "b")}) < takes_s


SEARCH = Grid(
    ("a", "b"),
    ("chat",),
    "poisson",
    128,
    rates=(25.6,),
    measure="trials",
    starts=2,
    most_connections=1024,
)


def searched(limits: dict[str, int], budget: str = "1h") -> tuple[dict[str, list[int]], Stored]:
    """By backend the connections that are tried, where each keeps up with so many."""
    asked, stored = suite(SEARCH, budget=budget), Stored()
    tried: dict[str, list[int]] = {"a": [], "b": []}
    while planned := trials(plan(asked, (), stored)):
        for one in planned:
            connections = one.cell.connections
            if connections not in tried[one.cell.backend]:
                tried[one.cell.backend].append(connections)
            kept = connections <= limits[one.cell.backend]
            stored = Stored((*stored.trials, Finished(one, True, kept)))
    return tried, stored


def test_a_search_doubles_and_bisects_for_each_backend() -> None:
    tried, stored = searched({"a": 1024, "b": 300})
    assert tried["a"] == [128, 256, 512, 1024]
    assert tried["b"][:3] == [128, 256, 512] and len(tried["b"]) == 7
    for one in stored.trials:
        assert one.planned.cell.rate_per_s == pytest.approx(0.2 * one.planned.cell.connections)
    assert len({one.planned.key for one in stored.trials}) == len(stored.trials)


def test_a_search_ends_with_the_budget() -> None:
    tried, stored = searched({"a": 1024, "b": 300}, budget="20s")
    assert len(stored.trials) * TRIAL_S <= 20
    assert tried["a"][-1] < 1024


def test_who_fails_is_not_tried_again_and_who_cannot_be_told_is_given_up() -> None:
    asked = suite(SEARCH)
    first = trials(plan(asked, ()))
    stored = Stored(tuple(Finished(one, True, one.cell.backend == "a") for one in first))
    second = trials(plan(asked, (), stored))
    assert {one.cell.backend for one in second} == {"a"}
    unknown = stored
    while planned := trials(plan(asked, (), unknown)):
        unknown = both(unknown, Stored(tuple(Finished(one, True) for one in planned)))
    assert len(unknown.trials) == len(stored.trials) + 2 + EXTRA_STARTS
