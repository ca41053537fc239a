"""Who is ahead: the best idiomatic servers of two languages, and what is said of them."""

import pytest
from contend.findings.ahead import bests, judged, lead, ranked
from contend.findings.pairs import language_pairs
from contend.findings.table import Table
from contend.findings.tables import build_tables
from contend.reports import csv, markdown, summary
from contend.runs.record import Run
from contend.stats.compare import Paired
from contend.suites.cells import Cell
from contend.suites.suite import Grid
from msgspec.structs import replace
from stored_runs import Fake, Figures, small_suite, stored_run

SERVERS = ("event-loop", "node-http", "express", "python-threads", "flask")
CLOSED = small_suite(grid=(Grid(SERVERS, ("plaintext",)),))
OPEN = small_suite(grid=(Grid(SERVERS, ("plaintext",), "poisson", rates=(100.0,)),))
GOODPUT = {
    "event-loop": 9000.0,
    "node-http": 1000.0,
    "express": 2000.0,
    "python-threads": 1500.0,
    "flask": 300.0,
}


def goodputs(**changes: float) -> Figures:
    named = GOODPUT | {name.replace("_", "-"): value for name, value in changes.items()}
    return lambda cell: Fake(goodput_per_s=named[cell.backend])


def table(figures: Figures, suite: object = CLOSED) -> Table:
    (found,) = build_tables(stored_run(figures, suite)).tables  # type: ignore[arg-type]
    return found


def test_rows_stand_by_value_and_models_after_servers() -> None:
    names = [row.backend for row in ranked(table(goodputs()))]
    assert names == ["express", "python-threads", "node-http", "flask", "event-loop"]


def test_the_best_of_each_language_are_compared_without_the_reference() -> None:
    """Were they compared through node-http, python-threads would seem to be ahead."""
    found = table(goodputs())
    assert {language: row.backend for language, row in bests(found).items()} == {
        "JavaScript": "express",
        "Python": "python-threads",
    }
    answer = lead(found, "node-http")
    assert answer is not None and answer.is_decided
    assert (answer.first.backend, answer.second.backend) == ("express", "python-threads")
    assert answer.factor == pytest.approx(2000 / 1500)
    assert answer.low is not None and answer.low > 1.03


def test_all_pairs_between_languages_share_one_adjustment() -> None:
    found = table(goodputs())
    pairs = {(one.first, one.second) for one in found.pairs}
    assert len(found.pairs) == 4 and all(one.figure == "goodput" for one in found.pairs)
    assert all({"event-loop", "null"}.isdisjoint(pair) for pair in pairs)
    confidences = sorted(one.comparison.confidence or 0 for one in found.pairs)
    assert confidences == pytest.approx([1 - 0.05 / left for left in (1, 2, 3, 4)])


def test_pairs_are_asked_of_two_languages_only_and_skip_what_isnt_known() -> None:
    asked = []

    def question(one: str, other: str) -> Paired | None:
        asked.append((one, other))
        logs = (0.10, 0.11, 0.09, 0.10, 0.10)
        return None if "flask" in (one, other) else Paired(logs, higher_is_faster=True)

    found = language_pairs(table(goodputs()), question, 0.975)
    assert len(asked) == 4 and ("express", "node-http") not in asked
    assert [(one.first, one.second) for one in found] == [
        ("express", "python-threads"),
        ("python-threads", "node-http"),
    ]
    assert {one.comparison.confidence for one in found} == {0.975, 1 - 0.025 / 2}


def test_less_time_is_ahead() -> None:
    def figures(cell: Cell) -> Fake:
        return Fake(100.0, p99_ns=1e12 / GOODPUT[cell.backend])

    found = table(figures, OPEN)
    head = judged(found)
    assert head is not None and (head.name, head.higher_is_faster) == ("p99", False)
    answer = lead(found, "node-http")
    assert answer is not None
    assert answer.first.backend == "express"
    assert answer.factor == pytest.approx(2000 / 1500)


@pytest.mark.parametrize(
    ("rows", "without", "figure"),
    [(5, 0, "p99"), (5, 2, "p99"), (5, 3, "p50"), (4, 1, "p99"), (4, 2, "p50")],
)
def test_a_table_is_judged_by_what_more_than_half_of_its_rows_have(
    rows: int, without: int, figure: str
) -> None:
    """Others may have had it withheld; a row that has nothing has no say."""
    found = table(lambda cell: Fake(100.0), OPEN)
    told = [
        replace(row, figures={n: of_it for n, of_it in row.figures.items() if n != "p99"})
        if index < without
        else row
        for index, row in enumerate(found.rows)
    ]
    empty = [replace(row, n=0, figures={}) for row in found.rows[rows:]]
    head = judged(replace(found, rows=(*told[:rows], *empty)))
    assert head is not None and head.name == figure


def calibrated(run: Run) -> Run:
    notes = {name: replace(one, is_calibrated=True) for name, one in run.header.workloads.items()}
    return replace(run, header=replace(run.header, workloads=notes))


def test_a_table_that_compares_nothing_is_in_no_summary() -> None:
    """A calibrated workload's closed loop tells of calibrations."""
    grids = (
        Grid(SERVERS, ("cpu-mix",)),
        Grid(SERVERS, ("cpu-mix",), "poisson", rates=(100.0,)),
    )

    def figures(cell: Cell) -> Fake:
        p99_ns = 1e11 / GOODPUT[cell.backend]
        return Fake(GOODPUT[cell.backend], classes=("json", "cpu"), cheap_p99_ns=p99_ns)

    run = stored_run(figures, small_suite(grid=grids))
    every, found = build_tables(run), build_tables(calibrated(run))
    settings = [[cells[1].text for cells in summary.grid(one).rows] for one in (every, found)]
    closed, opened = "closed, c = 64", "open, 100/s Poisson, c = 64"
    assert settings == [[closed, opened], [opened]]
    assert [len(one.tables) for one in (every, found)] == [2, 2], "it has its table all the same"
    assert judged(found.tables[0]) is None and found.tables[0].compared == 0
    assert summary.tally(found) == (
        "1 load, best server against best server: JavaScript ahead in 1."
    )
    for text in (markdown.render(found), csv.render(found)):
        assert b"cpu-mix" in text


@pytest.mark.parametrize(
    ("python", "outcome", "by"),
    [
        (2000.0, "tie", "0.988–1.01×"),  # noqa: RUF001
        (1930.0, "undecided: express, python-threads", "1.02–1.05×"),  # noqa: RUF001
        (4000.0, "python-threads over express", "2.00× (1.98–2.02)"),  # noqa: RUF001
    ],
)
def test_ahead_tied_or_undecided(python: float, outcome: str, by: str) -> None:
    tables = build_tables(stored_run(goodputs(python_threads=python), CLOSED))
    answer = lead(tables.tables[0], tables.reference)
    assert summary.ahead(tables.tables[0], answer).plain.startswith(outcome)
    assert answer is not None and answer.verdict in ("tie", "unresolved", "faster")
    assert summary.by(answer).text == by


def test_a_language_whose_servers_all_break_down_is_behind() -> None:
    def figures(cell: Cell) -> Fake:
        is_python = cell.backend in ("python-threads", "flask")
        return Fake(10.0 if is_python else 100.0)

    tables = build_tables(stored_run(figures, OPEN))
    assert lead(tables.tables[0], "node-http") is None
    answer = summary.ahead(tables.tables[0], None)
    assert answer.plain.endswith("alone kept up: JavaScript")
    assert summary.tally(tables) == (
        "1 load, best server against best server: JavaScript ahead in 1."
    )


def test_servers_that_the_generator_couldnt_measure_did_not_break_down() -> None:
    def figures(cell: Cell) -> Fake:
        is_python = cell.backend in ("python-threads", "flask")
        return Fake(invalid=frozenset(range(9)) if is_python else frozenset())

    tables = build_tables(stored_run(figures, CLOSED))
    assert summary.ahead(tables.tables[0], None).plain == "no figures: Python"
    assert summary.tally(tables) is None
    unmeasured = build_tables(stored_run(goodputs(), CLOSED, complete=False, trials=0))
    assert summary.tally(unmeasured) is None


def test_without_a_reference_languages_are_compared_all_the_same() -> None:
    tables = build_tables(stored_run(goodputs(), replace(CLOSED, reference=None)))
    said = "1 load, best server against best server: JavaScript ahead in 1."
    assert (summary.tally(tables), summary.sureness(tables)) == (said, "")
    assert "None" not in summary.how_to_read(tables)


def test_one_language_alone_is_compared_with_the_reference() -> None:
    suite = small_suite(grid=(Grid(("node-http", "express", "event-loop"), ("plaintext",)),))
    tables = build_tables(stored_run(goodputs(), suite))
    assert tables.tables[0].pairs == ()
    said = "1 load, node-http against the best other: express ahead in 1."
    assert summary.tally(tables) == said
    suite = small_suite(grid=(Grid(("node-http", "event-loop"), ("plaintext",)),))
    tables = build_tables(stored_run(goodputs(), suite))
    assert lead(tables.tables[0], "node-http") is None  # a model is never ahead
    slow = build_tables(stored_run(goodputs(event_loop=10.0), suite))
    answer = lead(slow.tables[0], "node-http")
    assert answer is not None and answer.first.backend == "node-http"


def test_servers_without_figures_are_counted_beside_the_best_of_their_language() -> None:
    def figures(cell: Cell) -> Fake:
        return Fake(invalid=frozenset(range(9)) if cell.backend == "flask" else frozenset())

    grid = summary.grid(build_tables(stored_run(figures, CLOSED)))
    (cells,) = grid.rows
    python = cells[grid.titles.index("Python's best")].text
    assert python.startswith("python-threads 1,000") and python.endswith("1 without figures")
