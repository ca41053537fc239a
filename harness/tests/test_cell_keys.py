"""Cells of differing settings don't end up under one key."""

from pathlib import Path

import pytest
from contend.errors import SuiteError
from contend.machine.cores import Cores
from contend.runs.suite_run import prepare
from contend.suites.cell_keys import check_keys
from contend.suites.suite import Grid, Suite
from made_workloads import add_backend, make_workloads


def suite(*grid: Grid) -> Suite:
    return Suite(title="test", budget="1h", seed=3, grid=grid)


def at(*rates: float, backends: tuple[str, ...] = ("a",)) -> Grid:
    return Grid(backends=backends, workloads=("json",), arrivals="poisson", rates=rates)


@pytest.mark.parametrize(
    ("grids", "said"),
    [
        (
            (at(1000, 1000.0000001),),
            "s.toml: grid: rate_per_s = 1000 and 1000.0000001 are both called"
            " json/a/poisson-1000-c64; try one of them",
        ),
        ((at(1234567.0), at(1234568.0)), "both called json/a/poisson-1.23457e+06-c64"),
        ((at(5, backends=("b", "a")), at(5.0000001)), "both called json/a/poisson-5-c64"),
    ],
)
def test_cells_that_would_share_a_key_are_refused(grids: tuple[Grid, ...], said: str) -> None:
    with pytest.raises(SuiteError) as caught:
        check_keys(suite(*grids), "s.toml")
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_one_cell_of_two_grids_and_cells_of_two_keys_are_no_conflict() -> None:
    check_keys(suite(at(1000, 1001), at(1000.0), at(1000, backends=("a", "b"))), "s.toml")


def test_a_suite_with_such_cells_is_refused_before_it_starts(tmp_path: Path) -> None:
    workloads = make_workloads(tmp_path)
    add_backend(workloads, "a")
    path = workloads / "suites" / "small.toml"
    path.write_text(
        'title = "t"\nbudget = "1m"\nseed = 1\nduration = "100ms"\n[[grid]]\nbackends = ["a"]\n'
        'workloads = ["hello"]\narrivals = "poisson"\nrates = [10, 10.0000001]\n',
        encoding="utf-8",
    )
    with pytest.raises(SuiteError, match="are both called hello/a/poisson-10-c64"):
        prepare(workloads, path, Cores((0,), (1,)))
