"""`contend query`: SQL over stored runs."""

import json
from pathlib import Path

import pytest
from conftest import Contend
from contend.runs.query import QueryError, select
from contend.suites.suite import Grid
from contend.trials.validity import Limits
from stored_runs import Fake, small_suite, store, stored_run


@pytest.fixture
def results(tmp_path: Path) -> Path:
    run = stored_run(lambda cell: Fake(invalid=frozenset({2}), failed={"reset": 1}))
    store(run, tmp_path)
    return tmp_path


def test_runs_and_trials_are_there(results: Path) -> None:
    (row,) = select(results, "SELECT suite, complete, cores FROM runs").rows
    assert row == ("quick", True, 2)
    found = select(
        results,
        "SELECT backend, count(*) AS n, median(goodput_per_s) AS goodput FROM trials"
        " WHERE valid AND workload = 'plaintext' GROUP BY backend ORDER BY backend",
    )
    assert found.columns == ("backend", "n", "goodput")
    assert [row[0] for row in found.rows][:2] == ["event-loop", "gil-threads"]
    assert found.rows[0][2] == pytest.approx(1000, rel=0.02)
    (sums,) = select(results, "SELECT sum(reset), min(latency_p99_ns) FROM trials").rows
    assert sums[0] > 0 and sums[1] > 4e6


def test_what_a_trial_withholds_has_no_value(tmp_path: Path) -> None:
    some = frozenset({2})
    made = stored_run(lambda cell: Fake(partly_valid=some, withheld=("p50_ns", "goodput_per_s")))
    store(made, tmp_path)
    found = select(
        tmp_path,
        "SELECT DISTINCT valid, verdict, latency_p50_ns IS NULL, goodput_per_s IS NULL,"
        " latency_p99_ns IS NULL FROM trials ORDER BY verdict",
    )
    assert found.rows == (
        (True, "partly-valid", True, True, False),
        (True, "valid", False, False, False),
    )


def test_every_trial_keeps_its_law(results: Path) -> None:
    broken = (
        "SELECT count(*) FROM trials WHERE scheduled <> ok + timeout + shed + unfinished"
        " + connect + reset + protocol + status + validation"
    )
    assert select(results, broken).rows == ((0,),)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled"),
    ],
)
def test_what_is_no_query_is_said(sql: str, said: str, results: Path) -> None:
    with pytest.raises(QueryError, match=said):
        select(results, sql)


def test_the_command_gives_lines_csv_and_json(results: Path, contend: Contend) -> None:
    sql = "SELECT suite, count(*) AS n FROM runs GROUP BY suite"
    at = ("--results", str(results))
    assert contend("query", sql, *at).out.split() == ["suite", "n", "quick", "1"]
    assert contend("query", sql, "--csv", *at).out == "suite,n\nquick,1\n"
    assert json.loads(contend("query", sql, "--json", "-", *at).out) == [{"suite": "quick", "n": 1}]
    done = contend("query", "SELEC 1", *at)
    assert done.code == 2 and "try DESCRIBE trials" in done.complaint


def test_an_empty_store_has_no_rows(tmp_path: Path) -> None:
    assert select(tmp_path, "SELECT * FROM slices").rows == ()


def test_bursts_are_there(tmp_path: Path) -> None:
    grids = (
        Grid(("node-http",), ("plaintext",), measure="blocks"),
        Grid(("node-http",), ("plaintext",), "poisson", rates=(2000.0,), measure="blocks"),
    )
    run = stored_run(
        lambda cell: Fake(goodput_per_s=2400.0, failed={"reset": 1}), small_suite(grid=grids)
    )
    store(run, tmp_path)
    every = [burst for block in run.blocks for burst in block.bursts]
    found = select(
        tmp_path,
        "SELECT load, count(*), bool_and(valid), sum(completed_ok), sum(reset), max(rate_per_s),"
        " min(latency_p50_ns) FROM bursts GROUP BY load ORDER BY load",
    ).rows
    assert [row[:3] for row in found] == [
        ("closed-c64", 15, True),
        ("poisson-2000-c64", 15, True),
    ]
    assert sum(row[3] for row in found) == sum(one.completed for one in every)
    assert [row[4:6] for row in found] == [(15, None), (15, 2000.0)]
    assert all(0.9e6 < row[6] < 1.1e6 for row in found)
    strict = Limits(stolen_share=-1.0)
    (row,) = select(tmp_path, "SELECT bool_or(valid), max(dropped) FROM bursts", strict).rows
    assert row == (False, "0.0% of the machine's time was stolen")
