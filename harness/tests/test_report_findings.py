"""What a report shows besides tables, computed from stored runs alone."""

import pytest
from contend.durations import S_NS
from contend.findings.cells import by_cell
from contend.findings.every_pair import every_pair
from contend.findings.evidence import evidence_of
from contend.findings.load_curves import load_curves
from contend.findings.over_time import WARM_UP, over_time
from contend.findings.percentiles import percentile_curves
from contend.findings.tables import build_tables
from contend.runs.record import Run, SliceRecord
from contend.suites.cells import Cell
from contend.suites.suite import Grid
from msgspec.structs import replace
from stored_runs import MS_NS, Fake, quick_figures, small_suite, stored_run, timings

SERVERS = ("node-http", "express", "flask")


def figures(cell: Cell) -> Fake:
    factor = {"node-http": 1.0, "express": 2.0, "flask": 4.0}[cell.backend]
    return Fake(
        goodput_per_s=8000 / factor,
        p50_ns=factor * MS_NS,
        p99_ns=10 * factor * MS_NS,
        cpu_ns=50_000 * factor,
    )


@pytest.fixture(scope="module")
def blocks() -> Run:
    grid = (
        Grid(SERVERS, ("plaintext",), measure="blocks"),
        Grid(SERVERS, ("plaintext",), "poisson", rates=(500.0, 1000.0), measure="blocks"),
    )
    return stored_run(figures, small_suite(grid=grid, starts=6, budget="100h"))


def test_percentiles_rise_from_p50_and_end_where_no_request_lies_beyond(blocks: Run) -> None:
    measured = by_cell(blocks)
    closed, *opened = build_tables(blocks).tables
    assert percentile_curves(closed, measured) == ()  # its times are no latency
    for table in opened:
        curves = percentile_curves(table, measured)
        assert [one.backend for one in curves] == list(SERVERS)
        for one in curves:
            quantiles, latencies = zip(*one.points, strict=True)
            assert quantiles[0] == 0.5 and list(latencies) == sorted(latencies)
            assert one.requests * (1 - quantiles[-1]) >= 1


def test_what_is_withheld_is_not_drawn(blocks: Run) -> None:
    made = tuple(
        replace(one, merged=tuple(replace(of_it, withheld=("p90",)) for of_it in one.merged))
        for one in blocks.blocks
    )
    table = build_tables(blocks).tables[1]
    for curve in percentile_curves(table, by_cell(replace(blocks, blocks=made))):
        drawn = [quantile for quantile, _ in curve.points]
        assert not any(0.9 <= one < 0.99 for one in drawn)
        assert any(one >= 0.99 for one in drawn) and any(one < 0.9 for one in drawn)


def test_of_a_mix_it_is_the_cheap_class() -> None:
    run = stored_run(quick_figures)
    mix = next(one for one in build_tables(run).tables if one.workload == "cpu-mix" and one.is_open)
    curves = percentile_curves(mix, by_cell(run))
    assert {one.class_name for one in curves} == {"json"}


def test_latency_over_load_has_each_server_that_was_asked_twice(blocks: Run) -> None:
    (found,) = load_curves(build_tables(blocks).tables)
    assert found.workload == "plaintext"
    asked = [(one.backend, one.asked_per_s) for one in found.points]
    assert asked == [(name, rate) for name in SERVERS for rate in (500.0, 1000.0)]


def test_one_rate_alone_is_no_curve(blocks: Run) -> None:
    tables = build_tables(blocks).tables
    assert load_curves([one for one in tables if one.rate_per_s != 500]) == ()


def test_the_course_of_time_is_medians_over_trials() -> None:
    grid = (Grid(("node-http",), ("plaintext",), "poisson", rates=(500.0,), measure="trials"),)
    run = stored_run(figures, small_suite(grid=grid, starts=3))
    trials = tuple(
        replace(
            one,
            slices=tuple(
                SliceRecord(at * S_NS, S_NS, {}, 500, timings(MS_NS, (at + start) * 9 * MS_NS, 500))
                for at in range(2)
            ),
        )
        for start, one in enumerate(run.trials, start=1)
    )
    (found,) = over_time(replace(run, trials=trials))
    assert found.load == "poisson-500-c64"
    assert [(one.at_s, one.p99_ms, one.of) for one in found.moments] == [(1, 18, 3), (2, 27, 3)]
    assert {one.goodput_per_s for one in found.moments} == {500}


def test_warm_ups_are_shown_where_blocks_have_them(blocks: Run) -> None:
    for one in over_time(blocks):
        assert one.load == WARM_UP and {of_it.backend for of_it in one.moments} <= set(SERVERS)


def test_a_pair_is_what_its_two_figures_say(blocks: Run) -> None:
    table = build_tables(blocks).tables[0]
    pairs = {(one.first, one.second): one for one in every_pair(blocks, table, by_cell(blocks))}
    assert set(pairs) == {
        ("node-http", "express"),
        ("node-http", "flask"),
        ("express", "flask"),
    }
    found = pairs["node-http", "flask"]
    assert found.ratio == pytest.approx(4, rel=0.05)
    assert found.low is not None and found.high is not None
    assert found.low < found.ratio < found.high


def test_evidence_has_every_block_and_why_one_does_not_count(blocks: Run) -> None:
    dropped = replace(blocks.blocks[0], dropped="the machine was busy")
    made = replace(blocks, blocks=(dropped, *blocks.blocks[1:]))
    found = {one.backend: one for one in evidence_of(made)}
    assert list(found) == list(SERVERS)
    for one in found.values():
        assert len(one.tries) == len(blocks.blocks)
        assert one.tries[0].outcome == "dropped whole: the machine was busy"
        assert [of_it.is_kept for of_it in one.tries] == [False] + [True] * (len(one.tries) - 1)


def test_evidence_of_trials_has_their_verdicts_and_the_end_of_the_log() -> None:
    run = stored_run(quick_figures)
    trials = tuple(
        replace(one, served_by=one.served_by and replace(one.served_by, log="a\n" * 50 + "last"))
        for one in run.trials
    )
    found = evidence_of(replace(run, trials=trials))
    of_it = next(one for one in found if one.backend == "gil-threads")
    assert of_it.log.splitlines()[-1] == "last" and len(of_it.log.splitlines()) == 12
    assert any(not one.is_kept and "client-bound" in one.outcome for one in of_it.tries)
