"""The plan: interleaved, seeded, resumable, within its budget."""

from collections import Counter

import pytest
from contend.errors import SuiteError
from contend.suites.plan import (
    EXTRA,
    EXTRA_STARTS,
    Cell,
    Finished,
    PlannedTrial,
    capacity,
    check_budget,
    plan,
)
from contend.suites.suite import Grid, Suite


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


BOTH = Grid(backends=("a", "b"), workloads=("plaintext", "cpu-mix"))
AT_RATE = Grid(backends=("a", "b"), workloads=("plaintext",), arrivals="poisson", rates=(400.0,))
AT_LEVEL = Grid(backends=("a",), workloads=("plaintext",), arrivals="poisson", levels=(0.8,))


def ended(
    trials: list[PlannedTrial], valid: bool = True, goodput: float | None = 100.0
) -> list[Finished]:
    return [Finished(trial, valid, goodput) for trial in trials]


def test_each_round_measures_every_cell_once() -> None:
    trials = plan(suite(BOTH, AT_RATE), (), [])
    assert len(trials) == 6 * 5
    for round_number in range(5):
        in_round = trials[6 * round_number : 6 * round_number + 6]
        assert len({trial.cell for trial in in_round}) == 6
        assert {trial.repetition for trial in in_round} == {round_number + 1}


def test_rounds_have_seeded_orders_of_their_own() -> None:
    trials = plan(suite(BOTH, AT_RATE), (), [])
    orders = {tuple(trial.cell for trial in trials[start : start + 6]) for start in range(0, 30, 6)}
    assert len(orders) > 1
    assert plan(suite(BOTH, AT_RATE), (), []) == trials
    assert plan(suite(BOTH, AT_RATE, seed=4), (), []) != trials


def test_backends_get_the_same_arrivals_in_a_repetition() -> None:
    seeds = {
        (trial.cell.workload, trial.cell.load.word, trial.repetition): trial.seed
        for trial in plan(suite(BOTH), (), [])
        if trial.cell.backend == "a"
    }
    for trial in plan(suite(BOTH), (), []):
        assert trial.seed == seeds[trial.cell.workload, trial.cell.load.word, trial.repetition]
    assert len(set(seeds.values())) == len(seeds)


def test_what_is_stored_is_not_planned_again() -> None:
    trials = plan(suite(BOTH), (), [])
    left = plan(suite(BOTH), (), ended(trials[:7]))
    assert left == trials[7:]
    assert plan(suite(BOTH), (), ended(trials)) == []


def test_pairs_that_cannot_run_are_left_out() -> None:
    trials = plan(suite(BOTH), {("cpu-mix", "b")}, [])
    assert Counter((t.cell.workload, t.cell.backend) for t in trials) == {
        ("plaintext", "a"): 5,
        ("plaintext", "b"): 5,
        ("cpu-mix", "a"): 5,
    }


def test_levels_come_after_the_capacity_that_they_are_shares_of() -> None:
    first = plan(suite(AT_LEVEL), (), [])
    assert [trial.cell for trial in first] == [Cell("plaintext", "a", "closed", 64)] * 3
    finished = [
        Finished(trial, True, goodput)
        for trial, goodput in zip(first, (100.0, 400.0, 200.0), strict=True)
    ]
    assert capacity("plaintext", "a", finished) == 200.0
    second = plan(suite(AT_LEVEL), (), finished)
    assert [trial.cell.rate_per_s for trial in second] == [160.0] * 5
    assert [trial.cell.level for trial in second] == [0.8] * 5


def test_without_a_valid_capacity_there_is_no_level() -> None:
    first = plan(suite(AT_LEVEL), (), [])
    assert capacity("plaintext", "a", ended(first, valid=False)) is None


def test_invalid_trials_get_fresh_starts_a_few_times() -> None:
    suite_of_one = suite(Grid(backends=("a",), workloads=("plaintext",)))
    finished = ended(plan(suite_of_one, (), [])[:2], valid=False)
    finished += ended(plan(suite_of_one, (), finished))
    extra = plan(suite_of_one, (), finished)
    assert [trial.repetition for trial in extra] == [6, 7]
    assert {trial.stage for trial in extra} == {EXTRA}
    finished += ended(extra, valid=False)
    assert plan(suite_of_one, (), finished) == []
    assert len(extra) == EXTRA_STARTS


def test_fresh_starts_stay_within_the_budget() -> None:
    tight = suite(Grid(backends=("a",), workloads=("plaintext",)), budget="11s")
    finished = ended(plan(tight, (), []), valid=False)
    assert plan(tight, (), finished) == []  # 5 trials of 2 s are spent: no sixth fits


def test_a_suite_over_its_budget_is_refused_with_both_figures() -> None:
    assert check_budget(suite(BOTH, budget="40s"), "x.toml", ()) == 40_000_000_000
    with pytest.raises(SuiteError, match=r"20 trials of 2 s measure for 40 s.*budget of 39s"):
        check_budget(suite(BOTH, budget="39s"), "x.toml", ())
