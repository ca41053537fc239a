"""Which figures a table has, and which of them are compared."""

from typing import Literal

import pytest
from contend.findings.figures import figures_of
from contend.findings.table import Table
from contend.findings.tables import build_tables
from contend.runs.record import Run
from contend.suites.suite import Grid
from made_blocks import CLOSED, OPEN, Made, made_block
from msgspec.structs import replace
from stored_runs import Fake, small_suite, stored_run

Measure = Literal["blocks", "trials"]
TIMES = ["p50", "p99"]
CPU = "server_cpu_per_request"
NAMES = ("node-http", "python-threads", "flask")


def compared(
    is_open: bool, cheap: str | None = None, pushed: str | None = None, is_calibrated: bool = False
) -> list[str]:
    found = figures_of(is_open, cheap, pushed, is_calibrated=is_calibrated)
    return [one.name for one in found if one.higher_is_faster is not None]


def test_of_one_class_its_times_are_compared_where_there_is_a_rate() -> None:
    assert compared(is_open=True) == [*TIMES, CPU]
    assert compared(is_open=False) == ["goodput", CPU]


def test_of_a_mix_the_cheap_class_is_compared_and_no_quantile_of_all() -> None:
    assert compared(True, "json") == ["p99_of_json", CPU]
    assert compared(False, "json") == ["goodput", CPU]
    names = [one.name for one in figures_of(True, "json")]
    assert names[1:4] == [*TIMES, "p99_of_json"], "they are told all the same"


def test_of_what_is_calibrated_neither_goodput_nor_cpu_is_compared() -> None:
    assert compared(True, "json", is_calibrated=True) == ["p99_of_json"]
    assert compared(True, is_calibrated=True) == TIMES
    assert compared(False, "json", is_calibrated=True) == []
    for is_open in (True, False):
        usual = figures_of(is_open, "json")
        names = [one.name for one in figures_of(is_open, "json", is_calibrated=True)]
        assert names == [one.name for one in usual] and CPU in names


def test_what_is_pushed_is_compared_beside_what_is_asked_for() -> None:
    assert compared(True, "json", "event") == ["p99_of_json", "p99_of_event"]
    assert compared(False, "json", "event") == ["goodput"]
    assert compared(False, "json", "event", is_calibrated=True) == []


def of_mix(measure: Measure) -> Run:
    """In trials, or in blocks."""
    grids = (
        Grid(NAMES, ("cpu-mix",), measure=measure),
        Grid(NAMES, ("cpu-mix",), "poisson", rates=(2000.0,), measure=measure),
    )
    suite = small_suite(rounds=4, grid=grids)
    empty = stored_run(lambda cell: Fake(2000.0, classes=("json", "cpu")), suite)
    if measure == "trials":
        return empty
    lanes = dict.fromkeys(NAMES, Made(shares={"json": 0.95, "cpu": 0.05}))
    blocks = (
        made_block(n, lanes, (CLOSED, OPEN), rounds=4, workload="cpu-mix") for n in range(1, 6)
    )
    return replace(empty, blocks=tuple(blocks))


def answers(found: Table) -> set[str]:
    """What each server is compared by with the reference."""
    by_row = {frozenset(row.comparisons) for row in found.rows if row.backend != "node-http"}
    (same,) = by_row
    assert {head.name for head in found.heads if head.is_compared} == same
    return set(same)


@pytest.mark.parametrize("measure", ["blocks", "trials"])
def test_tables_of_a_mix_compare_its_cheap_class(measure: Measure) -> None:
    closed, opened = build_tables(of_mix(measure)).tables
    assert answers(closed) == {"goodput", CPU}
    assert answers(opened) == {"p99_of_json", CPU}
    assert (closed.compared, opened.compared) == (4, 4)
    assert {"p50", "p99", "p99_of_json"} <= set(opened.rows[0].figures)


@pytest.mark.parametrize("measure", ["blocks", "trials"])
def test_tables_of_a_calibrated_mix_compare_no_calibrations(measure: Measure) -> None:
    run = of_mix(measure)
    notes = {"cpu-mix": replace(run.header.workloads["cpu-mix"], is_calibrated=True)}
    found = replace(run, header=replace(run.header, workloads=notes))
    closed, opened = build_tables(found).tables
    assert (answers(closed), closed.compared, closed.pairs) == (set(), 0, ())
    assert answers(opened) == {"p99_of_json"} and opened.compared == 2
    for row in closed.rows:
        assert {"goodput", CPU} <= set(row.figures), "they are told all the same"
