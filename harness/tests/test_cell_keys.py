"""Cells of differing settings don't end up under one key."""

from pathlib import Path
from typing import Literal

import pytest
from contend.errors import SuiteError
from contend.machine.cores import Cores
from contend.runs.suite_run import prepare
from contend.suites.cell_keys import check_keys
from contend.suites.suite import Grid, Suite
from made_workloads import add_backend, make_workloads


def suite(*grid: Grid) -> Suite:
    return Suite(title="test", budget="1h", seed=3, grid=grid)


def at(
    *rates: float,
    backends: tuple[str, ...] = ("a",),
    measure: Literal["blocks", "trials"] = "trials",
    duration: str | None = None,
    busy: tuple[float, ...] = (),
) -> Grid:
    return Grid(
        backends=backends,
        workloads=("json",),
        arrivals="poisson",
        rates=rates,
        busy=busy,
        measure=measure,
        duration=duration,
    )


@pytest.mark.parametrize(
    ("grids", "said"),
    [
        (
            (at(1000, 1000.0000001),),
            "grid: json/a/poisson-1000-c64 is there twice, with rate_per_s = 1000 and 1000.0000001",
        ),
        ((at(1234567.0), at(1234568.0)), "json/a/poisson-1.23457e+06-c64 is there twice"),
        ((at(5, backends=("b", "a")), at(5.0000001)), "json/a/poisson-5-c64 is there twice"),
        ((at(busy=(0.5, 0.501), measure="blocks"),), "with busy = 0.5 and 0.501"),
        ((at(5), at(5, measure="blocks")), "with measure = 'trials' and 'blocks'"),
        ((at(5), at(5, duration="2s")), "with duration = '5s' and '2s'"),
    ],
)
def test_cells_that_would_share_a_key_are_refused(grids: tuple[Grid, ...], said: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_keys(suite(*grids))
    assert said in str(caught.value)


def test_one_cell_of_two_grids_and_cells_of_two_keys_are_no_conflict() -> None:
    check_keys(suite(at(1000, 1001), at(1000.0, duration="5s"), at(1000, backends=("a", "b"))))
    check_keys(suite(at(5, measure="blocks"), at(5, measure="blocks", duration="1s")))


def test_a_suite_with_such_cells_is_refused_before_it_starts(tmp_path: Path) -> None:
    workloads = make_workloads(tmp_path)
    add_backend(workloads, "a")
    path = workloads / "suites" / "small.toml"
    path.write_text(
        'title = "t"\nbudget = "1m"\nseed = 1\nduration = "100ms"\n[[grid]]\nbackends = ["a"]\n'
        'workloads = ["hello"]\narrivals = "poisson"\nrates = [10, 10.0000001]\n',
        encoding="utf-8",
    )
    with pytest.raises(SuiteError) as caught:
        prepare(workloads, path, Cores((0,), (1,)))
    said = "grid: hello/a/poisson-10-c64 is there twice, with rate_per_s = 10.0 and 10.0000001"
    assert str(caught.value) == f"{path}: {said}; try one of them"
