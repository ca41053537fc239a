"""Tables made from stored runs: what becomes a row, what doesn't, and the bytes that come out."""

import csv as csv_reader
import os
from pathlib import Path

import pytest
from contend.findings.table import BLOCKS, Row, Table
from contend.findings.tables import build_tables
from contend.reports import csv, markdown, readme, terminal, wording
from contend.reports.numbers import number, percent
from contend.runs.record import NotRun, Run, TrialRecord
from contend.suites.cells import Cell
from contend.suites.suite import Grid
from msgspec.structs import replace
from stored_runs import (
    MS_NS,
    Fake,
    Figures,
    quick_figures,
    small_suite,
    stored_run,
)

GOLDEN = Path(__file__).parent / "golden"
AT_A_RATE = "poisson-1000-c64"


def table(run: Run, load: str, workload: str = "plaintext") -> Table:
    found = build_tables(run).tables
    return next(one for one in found if (one.workload, one.load) == (workload, load))


def row(run: Run, backend: str, load: str = "closed-c64", workload: str = "plaintext") -> Row:
    return next(one for one in table(run, load, workload).rows if one.backend == backend)


def changed(**changes: object) -> Figures:
    """Every cell plain but those of python-threads."""

    def figures(cell: Cell) -> Fake:
        return Fake(**changes) if cell.backend == "python-threads" else Fake()  # type: ignore[arg-type]

    return figures


QUICK = stored_run(
    quick_figures,
    not_run=[
        NotRun("cpu-mix", "event-loop", "the contend command is missing: needs scripts/setup")
    ],
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("quick.md", lambda: markdown.render(build_tables(QUICK), "../plots")),
        ("quick.csv", lambda: csv.render(build_tables(QUICK))),
        ("readme.md", lambda: readme.render(build_tables(QUICK), "t.md", "plots").encode()),
        (
            "terminal.txt",
            lambda: "\n".join(line.plain for line in terminal.render(build_tables(QUICK))).encode(),
        ),
    ],
)
def test_bytes_are_the_golden_ones(name: str, found: object) -> None:
    """With CONTEND_GOLDEN set the files are rewritten, to be read and committed."""
    data = found()  # type: ignore[operator]
    assert data == found()  # type: ignore[operator]
    if os.environ.get("CONTEND_GOLDEN"):
        (GOLDEN / name).write_bytes(data)
    assert data.decode() == (GOLDEN / name).read_text(encoding="utf-8")


def test_loops_stand_in_tables_of_their_own() -> None:
    loads = [(one.workload, one.load) for one in build_tables(QUICK).tables]
    assert loads == [
        ("plaintext", "closed-c64"),
        ("plaintext", "poisson-1000-c64"),
        ("cpu-mix", "closed-c64"),
        ("cpu-mix", "poisson-400-c64"),
    ]
    for one in build_tables(QUICK).tables:
        titles = [head.title for head in one.heads if head.name != "connect_p99"]
        timed = [title for title in titles if "p50" in title or "p99" in title]
        assert all(title.startswith("closed-loop ") != one.is_open for title in timed)


def test_figures_are_the_trials_geometric_means() -> None:
    run = stored_run(lambda cell: Fake(goodput_per_s=200.0, p50_ns=2 * MS_NS))
    found = row(run, "node-http", "poisson-1000-c64").figures
    mean = (1.000 * 1.012 * 0.991 * 1.006 * 0.995) ** 0.2
    assert found["goodput"].value == pytest.approx(200 * mean)
    assert found["p50"].value == pytest.approx(2 * mean)
    assert found["peak_rss"].value == pytest.approx(40)
    assert found["server_cpu_per_request"].value == pytest.approx(50 * mean)
    assert found["p50"].n == 5


def test_only_a_mix_has_a_cheap_class() -> None:
    assert "p99_of_json" in row(QUICK, "node-http", "poisson-400-c64", "cpu-mix").figures
    names = row(QUICK, "node-http", "poisson-1000-c64").figures
    assert not any(name.startswith("p99_of") for name in names)


@pytest.mark.parametrize(
    ("load", "loop"), [("closed-c64", "closed_loop_"), ("constant-9000-c64", "")]
)
def test_what_is_pushed_is_apart_from_what_is_asked_for(load: str, loop: str) -> None:
    grid = (
        Grid(("node-http",), ("plaintext",)),
        Grid(("node-http",), ("plaintext",), "constant", rates=(9000.0,)),
    )
    fake = Fake(9000.0, classes=("json", "event"), cheap_p99_ns=2 * MS_NS, pushed=True)
    found = row(stored_run(lambda cell: fake, small_suite(grid=grid)), "node-http", load).figures
    timed = [name for name in found if "p50" in name or "p99" in name]
    assert timed == [f"{loop}p99_of_json", "p99_of_event"]
    assert found["p99_of_event"].value > found[f"{loop}p99_of_json"].value
    assert "cpu_per_request_or_push" in found and "server_cpu_per_request" not in found


def test_how_long_connections_take_to_open_is_told_of_many() -> None:
    grid = tuple(Grid(("node-http",), ("plaintext",), connections=n) for n in (999, 1000))
    run = stored_run(lambda cell: Fake(9.0), small_suite(grid=grid))
    assert "connect_p99" not in row(run, "node-http", "closed-c999").figures
    assert "connect_p99" in row(run, "node-http", "closed-c1000").figures
    assert "p99 until open, ms" in markdown.render(build_tables(run)).decode()


def test_a_trial_that_isnt_valid_is_counted_and_in_no_figure() -> None:
    run = stored_run(changed(invalid=frozenset({1, 2}), goodput_per_s=500.0))
    found = row(run, "python-threads")
    assert (found.n, found.left_out) == (5, 2)  # two fresh starts took their place
    assert found.notes == tuple(
        f"trial {number} client-bound: the generator sent late" for number in (1, 2)
    )
    text = markdown.render(build_tables(run)).decode()
    assert " 5 of 7 |" in text
    assert "- Trials left out: python-threads 2 (the generator sent late)" in text


def test_a_trial_that_is_partly_valid_is_in_the_figures_that_it_states() -> None:
    some = frozenset({1, 2})
    run = stored_run(changed(partly_valid=some, withheld=("p99_ns", "goodput_per_s")))
    closed, opened = (row(run, "python-threads", load) for load in ("closed-c64", AT_A_RATE))
    for found in (closed, opened):
        assert (found.n, found.left_out, found.notes) == (5, 0, ())
        assert found.figures["server_cpu_per_request"].n == 5
        assert found.comparisons["server_cpu_per_request"].fewest_trials == 5
    assert closed.figures["goodput"].n == closed.comparisons["goodput"].fewest_trials == 3
    assert opened.figures["p99"].n == opened.comparisons["p99"].fewest_trials == 3
    assert opened.figures["p50"].n == opened.comparisons["p50"].fewest_trials == 5


def test_a_figure_that_most_trials_withhold_is_not_told() -> None:
    most = frozenset({1, 2, 3})
    run = stored_run(changed(partly_valid=most, withheld=("p99_ns",)))
    found = row(run, "python-threads", AT_A_RATE)
    assert found.n == 5 and "p99" not in found.figures and "p50" in found.figures
    assert "p99" in row(run, "node-http", AT_A_RATE).figures


def test_survivors_of_half_that_couldnt_be_measured_dont_stand_for_a_server() -> None:
    run = stored_run(changed(invalid=frozenset({1, 2, 4, 5}), goodput_per_s=500.0))
    found = row(run, "python-threads")
    assert (found.n, found.left_out, found.figures, found.comparisons) == (0, 7, {}, {})
    assert found.why_empty == "only 3 of 7 could be measured"
    assert not build_tables(run).is_conclusive
    text = markdown.render(build_tables(run)).decode()
    assert "only 3 of 7 could be measured; the generator sent late |" in text
    assert "| no figures: Python " in text


def test_a_cell_without_valid_trials_says_so_and_is_inconclusive() -> None:
    run = stored_run(changed(invalid=frozenset(range(1, 9))))
    found = row(run, "python-threads")
    assert found.figures == {} and found.comparisons == {}
    assert found.why_empty == "none of 7 could be measured"
    assert not build_tables(run).is_conclusive


def test_what_was_not_run_keeps_its_row_with_the_reason() -> None:
    found = row(QUICK, "event-loop", workload="cpu-mix")
    assert found.why_empty == "not run: the contend command is missing: needs scripts/setup"
    assert found.left_aside
    event_loop_is_left_aside = (
        "- Not in this table: the contend command is missing: needs scripts/setup (event-loop)\n"
    )
    assert event_loop_is_left_aside in markdown.render(build_tables(QUICK)).decode()
    run = stored_run(changed(not_run="no answer within 10 s"))
    failed = row(run, "python-threads")
    assert failed.why_empty == "failed 7 of 7: no answer within 10 s"
    assert "failed 7 of 7: no answer within 10 s |" in markdown.render(build_tables(run)).decode()
    text = csv.render(build_tables(QUICK)).decode()
    assert "not run: the contend command is missing" in text


def test_reasons_are_grouped_and_keep_the_range_of_their_number() -> None:
    notes = (
        "trial 1 client-bound: the generator waited for its core 12% of the time, more than 5%",
        "trial 3 client-bound: the generator waited for its core 7.5% of the time, more than 5%",
        "trial 4 inconclusive: 1,056 of the connections could not be opened",
    )
    found = replace(row(QUICK, "node-http"), notes=notes)
    assert wording.reasons_of(found) == {
        "the generator waited for its core 7.5–12% of the time": 2,  # noqa: RUF001
        "1,056 of the connections could not be opened": 1,
    }


def test_captions_say_what_n_counts() -> None:
    tables = build_tables(QUICK)
    assert "n counts valid trials" in markdown.render(tables).decode()
    in_blocks = replace(
        tables, tables=tuple(replace(one, unit=BLOCKS) for one in tables.tables[:1])
    )
    text = markdown.render(in_blocks).decode()
    assert "3 to 5 blocks with 750 ms of each server" in text and "n counts blocks" in text
    assert "valid trials" not in text and "fresh starts" not in text
    opened = replace(tables, tables=(replace(tables.tables[1], unit=BLOCKS),))
    text = markdown.render(opened).decode()
    assert " blocks with 1.50 s of each server" in text, "three turns of half a second"
    assert "measured for 750 ms in the closed loop and about 1.50 s at each rate" in text
    lines = csv.render(in_blocks).decode().splitlines()
    assert {line["unit_of_n"] for line in csv_reader.DictReader(lines)} == {"blocks"}


def test_a_terminal_dims_what_is_undecided_and_ends_with_the_answer() -> None:
    suite = small_suite(grid=QUICK.header.suite.grid[:1])
    lines = terminal.render(build_tables(stored_run(changed(goodput_per_s=1030.0), suite)))
    line = next(one for one in lines if one.plain.startswith("python-threads"))
    dim = [line.plain[span.start : span.end].strip() for span in line.spans if span.style == "dim"]
    assert dim == ["1.02–1.04"]  # noqa: RUF001
    said = "2 loads, best server against best server: undecided in 2."
    assert lines[-1].plain.startswith(said)


def test_models_are_called_models() -> None:
    assert "| event-loop (model) " in markdown.render(build_tables(QUICK)).decode()


def test_quantiles_among_lower_bounds_are_marked_and_have_no_high_end() -> None:
    found = row(QUICK, "python-threads", "poisson-400-c64", "cpu-mix").figures["p99"]
    assert found.is_lower_bound and found.low is not None and found.high is None
    text = markdown.render(build_tables(QUICK)).decode()
    assert "≥41.2" in text
    run = stored_run(changed(lower_bounds=40, p99_ns=9 * MS_NS))
    answer = row(run, "python-threads", "poisson-1000-c64").comparisons["p99"]
    assert answer.ratio == pytest.approx(9 / 5)
    assert answer.low is not None and answer.high is None


def test_a_level_that_isnt_reached_is_overloaded() -> None:
    slow = row(QUICK, "python-threads", "poisson-400-c64", "cpu-mix")
    assert slow.overloaded
    assert not row(QUICK, "node-http", "poisson-400-c64", "cpu-mix").overloaded
    assert not row(QUICK, "python-threads").overloaded  # nothing is asked of the closed loop
    text = markdown.render(build_tables(QUICK)).decode()
    assert "| python-threads, overloaded: 120 of 400/s |" in text
    assert "**node-http** alone kept up: JavaScript" in text


def test_body_bytes_are_a_column_only_where_they_differ() -> None:
    parts = markdown.render(build_tables(QUICK)).decode().split("\n### ")
    assert ["body, bytes" in part for part in parts[1:5]] == [False, False, True, True]


def at_its_rate(trial: TrialRecord) -> TrialRecord:
    """The rate that was found for a level is stored with the trial."""
    cell = trial.planned.cell
    rate_per_s = None if cell.level is None else 1000.0 * cell.level
    planned = replace(trial.planned, cell=replace(cell, rate_per_s=rate_per_s))
    return replace(trial, planned=planned)


def test_levels_show_what_was_asked_and_the_capacity() -> None:
    """As runs have it that were stored before blocks."""
    closed_loop = Grid(("node-http",), ("plaintext",), starts=3)
    grid = Grid(("node-http",), ("plaintext",), "poisson", levels=(0.8,))
    run = stored_run(
        lambda cell: Fake(goodput_per_s=cell.rate_per_s or 1000.0),
        small_suite(grid=(closed_loop, grid), reference=None),
    )
    run = replace(run, trials=tuple(map(at_its_rate, run.trials)))
    found = row(run, "node-http", "poisson-80%-c64")
    assert found.capacity is not None
    assert found.capacity.value == pytest.approx(1000.0)
    assert found.capacity.n == 3
    assert found.asked_per_s == pytest.approx(800.0)
    text = markdown.render(build_tables(run)).decode()
    closed, at_level = text.split("\n### ")[1:3]
    assert closed.startswith("1 plaintext: closed, c = 64") and "| asked, /s |" not in closed
    assert at_level.startswith("1 plaintext: open, 80% of capacity Poisson")
    assert "| asked, /s |" in at_level


def test_the_null_server_is_a_ceiling_and_compared_with_nothing() -> None:
    found = build_tables(QUICK)
    assert found.null_goodput is not None
    assert found.null_goodput.value == pytest.approx(68000, rel=0.01)
    null = row(QUICK, "null")
    assert null.comparisons == {} and null.n == 3
    assert " 3† |" in markdown.render(found).decode()


def test_comparisons_are_with_the_reference_and_none_without_one() -> None:
    closed = row(QUICK, "event-loop")
    assert set(closed.comparisons) == {"goodput", "server_cpu_per_request"}
    assert closed.comparisons["goodput"].verdict == "faster"
    opened = row(QUICK, "python-threads", "poisson-1000-c64")
    assert set(opened.comparisons) == {"p50", "p99", "server_cpu_per_request"}
    mix = row(QUICK, "python-threads", "poisson-400-c64", "cpu-mix")
    assert set(mix.comparisons) == {"p99_of_json", "server_cpu_per_request"}
    assert {"p50", "p99", "p99_of_json"} <= set(mix.figures), "they are told all the same"
    assert opened.comparisons["p99"].verdict == "slower"
    assert table(QUICK, "closed-c64").compared == 6
    assert row(QUICK, "node-http").comparisons == {}
    without = stored_run(quick_figures, small_suite(reference=None))
    assert all(not one.comparisons for one in table(without, "closed-c64").rows)


def test_an_incomplete_run_is_called_so_everywhere() -> None:
    run = stored_run(quick_figures, complete=False, trials=20)
    tables = build_tables(run)
    assert not tables.is_conclusive
    for text in (
        markdown.render(tables).decode(),
        readme.render(tables, "t", "p"),
        "\n".join(line.plain for line in terminal.render(tables)),
    ):
        assert "Incomplete run: 20 trials are stored" in text
    missing = stored_run(quick_figures, complete=False, trials=0)
    assert row(missing, "node-http").why_empty == "not measured yet: the run is incomplete"
    torn = replace(run, torn="x.jsonl: a torn last line of 7 bytes is ignored")
    assert "a torn last line of 7 bytes" in markdown.render(build_tables(torn)).decode()


def test_csv_holds_every_figure_once_with_its_interval() -> None:
    text = csv.render(build_tables(QUICK)).decode().splitlines()
    lines = list(csv_reader.DictReader(text))
    keys = [(line["workload"], line["load"], line["backend"], line["figure"]) for line in lines]
    assert len(set(keys)) == len(keys)
    for line in lines:
        if line["low"] and line["high"]:
            assert float(line["low"]) <= float(line["value"]) <= float(line["high"])
        assert "e" not in line["value"]
    verdicts = {line["verdict"] for line in lines}
    assert {"faster", "slower", "tie"} <= verdicts


def test_a_run_without_trials_still_makes_every_report() -> None:
    tables = build_tables(stored_run(quick_figures, complete=False, trials=0))
    assert b"not measured yet" in markdown.render(tables)
    assert csv.render(tables).count(b"not measured yet") == 17


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0312, "0.0312"),
        (0.9996, "1.00"),
        (9.996, "10.0"),
        (99.96, "100"),
        (1234.5, "1,230"),
        (61449.0, "61,400"),
        (0.0, "0"),
    ],
)
def test_numbers_have_three_significant_digits_at_most(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0085, "0.85%"), (0.016, "1.6%"), (0.0999, "10%"), (0.24, "24%"), (0, "0%")],
)
def test_shares_have_two(share: float, text: str) -> None:
    assert percent(share) == text
