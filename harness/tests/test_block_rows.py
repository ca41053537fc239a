"""Rows of tables whose cells were measured in blocks: what stands in them, and why not."""

import math
from collections.abc import Sequence

import pytest
from contend.blocks.judge import judged
from contend.blocks.record import BlockRecord
from contend.findings.table import BLOCKS, Row, Table
from contend.findings.tables import build_tables, undecided
from contend.runs.record import NotRun, Run
from contend.stats.compare import FASTER, SLOWER, TIE, UNRESOLVED
from contend.suites.cells import Cell
from contend.suites.suite import Grid, Suite
from made_blocks import CLOSED, MS_NS, OPEN, Made, disturbed, failed_block, made_block
from msgspec.structs import replace
from stored_runs import Fake, small_suite, stored_run

NAMES = ("node-http", "python-threads", "flask")
SUITE = small_suite(
    rounds=4,
    grid=(
        Grid(NAMES, ("plaintext",), measure="blocks"),
        Grid(NAMES, ("plaintext",), "poisson", rates=(2000.0,), measure="blocks"),
    ),
)
LANES = {"node-http": Made(), "python-threads": Made(cpu_ns=100_000.0), "flask": Made()}
# By which a lane's ratios scatter from block to block.
NOISE = (0.0, 0.01, -0.008, 0.006, -0.004, 0.002)


def block(number: int, lanes: dict[str, Made] = LANES, **given: object) -> BlockRecord:
    def factor(lane: str, load: str, at: int) -> float:
        own = NOISE[(number + len(lane)) % len(NOISE)] if lane != "node-http" else 0.0
        return math.exp(own)

    made = made_block(number, lanes, (CLOSED, OPEN), 4, factor)
    return judged(replace(made, **given))


def run(blocks: Sequence[BlockRecord], suite: Suite = SUITE, **given: object) -> Run:
    empty = stored_run(lambda cell: Fake(), suite, complete=True)
    return replace(empty, blocks=tuple(blocks), **given)


FIVE = [block(n) for n in range(1, 6)]


def table(found: Run, load: str = CLOSED.word, reference: str | None = None) -> Table:
    return next(one for one in build_tables(found, reference).tables if one.load == load)


def row(found: Run, backend: str = "python-threads", load: str = CLOSED.word) -> Row:
    return next(one for one in table(found, load).rows if one.backend == backend)


def spoilt(number: int, lane: str, share: int, load: str = CLOSED.word) -> BlockRecord:
    """`share` of a lane's four bursts of a load were disturbed, too few to drop the block."""
    return judged(
        disturbed(
            block(number), lambda one: (one.lane, one.load) == (lane, load) and one.round <= share
        )
    )


def test_a_row_has_the_figures_of_its_blocks() -> None:
    found = row(run(FIVE))
    assert (found.n, found.left_out, found.failed, found.why_empty) == (5, 0, 0, None)
    assert found.figures["server_cpu_per_request"].value == pytest.approx(100, rel=0.01)
    assert found.figures["goodput"].value == pytest.approx(2400, rel=0.01)
    assert found.figures["goodput"].n == 5
    assert found.body_bytes == {"plaintext": (13,)}
    assert table(run(FIVE)).unit == BLOCKS
    opened = row(run(FIVE), load=OPEN.word)
    assert opened.asked_per_s == 2000.0 and not opened.overloaded


@pytest.mark.parametrize(("disturbed_bursts", "n"), [(1, 5), (2, 5), (3, 4), (4, 4)])
def test_a_lane_with_fewer_than_half_of_its_bursts_is_no_unit(
    disturbed_bursts: int, n: int
) -> None:
    """Of that load alone; and the other lanes stay."""
    found = run([*FIVE[:4], spoilt(5, "flask", disturbed_bursts)])
    of_it = row(found, "flask")
    assert (of_it.n, of_it.left_out) == (n, 5 - n)
    if n < 5:
        (note,) = of_it.notes
        assert note.startswith("block 5 left out: the generator stood still for 90.0 ms")
    assert row(found, "flask", OPEN.word).n == row(found).n == 5
    assert row(found, "flask").comparisons["goodput"].fewest_trials == n


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        (2, None),
        (3, "only 2 of 5 could be measured"),
        (5, "none of 5 could be measured"),
    ],
)
def test_survivors_do_not_stand_for_what_could_not_be_measured(lost: int, why: str | None) -> None:
    found = run([*(spoilt(n, "flask", 4) for n in range(1, lost + 1)), *FIVE[lost:]])
    of_it = row(found, "flask")
    assert of_it.why_empty == why
    assert (of_it.n, of_it.left_out) == ((5 - lost, lost) if why is None else (0, 5))
    if why is not None:
        assert of_it.figures == {} and of_it.comparisons == {}
        assert "flask" in {one.backend for one in table(found).rows}
    assert build_tables(found).is_conclusive == (why is None)


def test_a_dropped_block_is_left_out_for_every_lane() -> None:
    dropped = judged(disturbed(block(5), lambda one: one.lane == "flask"))
    assert dropped.dropped is not None
    found = run([*FIVE[:4], dropped])
    for name in NAMES:
        of_it = row(found, name)
        assert (of_it.n, of_it.left_out) == (4, 1)
        assert of_it.notes == (f"block 5 left out: {dropped.dropped}",)


def test_a_server_that_failed_says_how_often_and_why() -> None:
    failed = [failed_block(n, "flask", "exited with 3") for n in (1, 2)]
    others = {name: made for name, made in LANES.items() if name != "flask"}
    found = run([*failed, *(block(n, others) for n in range(3, 8))])
    of_it = row(found, "flask")
    assert of_it.why_empty == "failed 2 of 2: flask: exited with 3; try its log"
    assert (of_it.n, of_it.failed, of_it.left_out) == (0, 2, 0)
    assert (row(found).n, row(found).failed, row(found).notes) == (5, 0, ())


def test_a_server_that_failed_once_has_its_figures_and_says_so() -> None:
    found = row(run([failed_block(1, "flask"), *(block(n) for n in range(2, 7))]), "flask")
    assert (found.n, found.failed, found.why_empty) == (5, 1, None)
    assert found.notes == ("block 1: flask: did not start; try its log",)


def test_a_burst_that_drains_a_backlog_is_not_used() -> None:
    """It shows how fast a server catches up, not what it does at this rate."""

    def draining(number: int) -> BlockRecord:
        made = block(number)
        bursts = (
            replace(one, completed=one.scheduled + 200)
            if one.lane == "flask" and one.load == OPEN.word
            else one
            for one in made.bursts
        )
        return replace(made, bursts=tuple(bursts))

    found = row(run([draining(n) for n in range(1, 6)]), "flask", OPEN.word)
    assert found.why_empty == "none of 5 could be measured"
    assert found.notes[0] == "block 1 left out: it still drained a backlog"


def test_a_lane_that_is_overloaded_is_called_so() -> None:
    slow = LANES | {"flask": Made(goodput_per_s=1500.0)}
    found = run([block(n, slow) for n in range(1, 6)])
    assert row(found, "flask", OPEN.word).overloaded
    assert not row(found, "flask").overloaded and not row(found, load=OPEN.word).overloaded


def test_errors_are_of_all_bursts_that_are_used() -> None:
    failing = LANES | {"flask": Made(errors={"reset": 3}, lower_bounds=2)}
    found = row(run([block(n, failing) for n in range(1, 6)]), "flask")
    assert found.errors is not None
    assert found.errors.causes == {"timeout": 2 * 20, "reset": 3 * 20}
    assert found.errors.share == pytest.approx(100 / found.errors.requests)
    assert found.figures["closed_loop_p99"].is_lower_bound


def mixed(share: float, goodput_per_s: float = 2400.0) -> Run:
    shares = {"json": 1 - share, "cpu": share}
    lanes = {name: Made(shares={"json": 0.95, "cpu": 0.05}) for name in NAMES}
    lanes["flask"] = Made(goodput_per_s=goodput_per_s, shares=shares)
    suite = small_suite(rounds=4, grid=(Grid(NAMES, ("cpu-mix",), measure="blocks"),))
    blocks = [made_block(n, lanes, rounds=4, workload="cpu-mix") for n in range(1, 6)]
    return run(blocks, suite)


@pytest.mark.parametrize(
    ("share", "goodput_per_s", "why"),
    [
        (0.05, 2400.0, None),
        (0.052, 2400.0, None),
        (0.06, 2400.0, "cpu is 6.0% of what was completed, and 5.0% was asked"),
        (0.04, 2400.0, "cpu is 4.0% of what was completed, and 5.0% was asked"),
        (0.05, 80.0, "only 20 of cpu were completed, of 30 that a row needs"),
        (0.0, 2400.0, "only 0 of cpu were completed, of 30 that a row needs"),
    ],
)
def test_a_row_whose_classes_left_their_weights_is_void(
    share: float, goodput_per_s: float, why: str | None
) -> None:
    found = row(mixed(share, goodput_per_s), "flask")
    assert found.why_empty == why
    assert bool(found.figures) == bool(found.comparisons) == (why is None)
    assert row(mixed(share, goodput_per_s)).why_empty is None


def risk(found: Table) -> float:
    """Of a table's comparisons by their smallest part, which Holm gives the surest of them; and the
    same of its pairs of languages."""
    answers = [one for of_it in found.rows for one in of_it.comparisons.values()]
    assert found.compared == len(answers) > 1 and len(found.pairs) > 1
    of_pairs = [one.comparison for one in found.pairs]
    own, other = (
        len(of_it) * min(1 - one.confidence for one in of_it if one.confidence is not None)
        for of_it in (answers, of_pairs)
    )
    assert own == pytest.approx(other)
    return own


FIRST, LAST = pytest.approx(0.3 * 0.05), pytest.approx(0.7 * 0.05)


def test_what_is_decided_at_the_first_look_has_its_part_of_the_risk() -> None:
    assert undecided(run(FIVE)) == {"plaintext": 0}
    for load in (CLOSED.word, OPEN.word):
        found = table(run(FIVE), load)
        assert risk(found) == FIRST
        answers = [one.confidence for of_it in found.rows for one in of_it.comparisons.values()]
        wanted = [1 - 0.015 / left for left in range(1, len(answers) + 1)]
        assert sorted(one for one in answers if one) == pytest.approx(wanted)


def test_what_is_undecided_then_has_the_rest_of_the_risk_in_all_tables_of_its_workload() -> None:
    """At a rate flask is now a little faster, and now slower; in the closed loop it is not."""
    hazy = [hazed(one, 0.2 * (-1) ** one.number) for one in FIVE]
    assert undecided(run(hazy))["plaintext"] > 0
    closed, opened = (table(run(hazy), load) for load in (CLOSED.word, OPEN.word))
    assert closed.decided == closed.compared and opened.decided < opened.compared
    assert risk(closed) == risk(opened) == LAST


def hazed(block: BlockRecord, log: float) -> BlockRecord:
    """Its CPU of flask at a rate is so much another."""
    bursts = (
        replace(one, server_cpu_ns=round(one.server_cpu_ns * math.exp(log)))
        if (one.lane, one.load) == ("flask", OPEN.word)
        else one
        for one in block.bursts
    )
    return replace(block, bursts=tuple(bursts))


def test_more_blocks_than_stated_are_a_second_look_though_all_is_decided() -> None:
    six = [*FIVE, block(6)]
    assert undecided(run(six)) == {"plaintext": 0}
    assert risk(table(run(six))) == LAST


def test_a_block_in_another_ones_place_is_no_second_look() -> None:
    dropped = judged(disturbed(block(5), lambda one: one.lane == "flask"))
    assert dropped.dropped is not None
    assert risk(table(run([*FIVE[:4], dropped, block(6)]))) == FIRST


def test_each_workload_has_looks_of_its_own() -> None:
    grids = tuple(replace(one, workloads=("plaintext", "json")) for one in SUITE.grid)
    json = [replace(block(n), workload="json") for n in range(1, 7)]
    found = build_tables(run([*FIVE, *json], replace(SUITE, grid=grids)))
    risks = {(one.workload, one.load): risk(one) for one in found.tables}
    assert risks == {
        (workload, load): looks
        for workload, looks in (("plaintext", FIRST), ("json", LAST))
        for load in (CLOSED.word, OPEN.word)
    }


def test_trials_are_looked_at_once() -> None:
    in_trials = small_suite(grid=(Grid(NAMES, ("plaintext",), measure="trials"),))
    trials = table(stored_run(lambda cell: Fake(), in_trials))
    answers = [one for of_it in trials.rows for one in of_it.comparisons.values()]
    assert min(one.confidence or 0 for one in answers) == pytest.approx(0.95)


def withholding(number: int, *lanes: str) -> BlockRecord:
    """Of p99 at a rate, which these lanes' late sends may have moved."""
    made = block(number)
    names = {(lane, OPEN.word) for lane in lanes}
    bursts = (
        replace(one, withheld=("p99",) if (one.lane, one.load) in names else ())
        for one in made.bursts
    )
    merged = (
        replace(one, withheld=("p99",) if (one.lane, one.load) in names else ())
        for one in made.merged
    )
    return replace(made, bursts=tuple(bursts), merged=tuple(merged))


@pytest.mark.parametrize(
    ("blocks", "untold", "has_figure", "why"),
    [
        (5, 2, True, None),
        (5, 3, False, "only 2 of 5 blocks tell it"),
        (6, 3, True, None),  # half of them tell it
        (6, 4, False, "only 2 of 6 blocks tell it"),
    ],
)
def test_what_half_of_the_blocks_do_not_tell_has_no_figure(
    blocks: int, untold: int, has_figure: bool, why: str | None
) -> None:
    found = run(
        [withholding(n, "flask") if n <= untold else block(n) for n in range(1, blocks + 1)]
    )
    of_it = row(found, "flask", OPEN.word)
    assert (of_it.n, of_it.left_out) == (blocks, 0)
    assert ("p99" in of_it.figures) == has_figure
    if has_figure:
        assert of_it.figures["p99"].n == blocks - untold
    assert of_it.figures["p50"].n == of_it.figures["server_cpu_per_request"].n == blocks
    answer = of_it.comparisons["p99"]
    assert answer.why == why
    if why is None:
        assert answer.fewest_trials == blocks - untold
    assert row(found, load=OPEN.word).figures["p99"].n == blocks, "others have theirs"


def test_what_no_block_tells_is_asked_of_nobody() -> None:
    found = run([withholding(n, "flask") for n in range(1, 6)])
    answers = row(found, "flask", OPEN.word).comparisons
    assert set(answers) == {"p50", "server_cpu_per_request"}
    assert table(found, OPEN.word).compared == 5


def test_a_reference_that_is_not_told_is_compared_with_nobody() -> None:
    found = run([withholding(n, "node-http") if n <= 3 else block(n) for n in range(1, 6)])
    for name in ("flask", "python-threads"):
        answer = row(found, name, OPEN.word).comparisons["p99"]
        assert answer.why == "only 2 of 5 blocks tell it"
        assert "p99" in row(found, name, OPEN.word).figures


def test_verdicts_come_of_paired_ratios() -> None:
    """The figures of either side scatter by 30% from block to block, their ratios by 1%."""
    blocks = [
        made_block(
            n,
            LANES,
            (CLOSED, OPEN),
            4,
            lambda lane, load, at, n=n: (
                (0.7 + 0.15 * n)  # type: ignore[misc]
                * (1 + 0.01 * ((n + len(lane)) % 3))
            ),
        )
        for n in range(1, 6)
    ]
    found = row(run(blocks)).comparisons["server_cpu_per_request"]
    assert found.verdict == SLOWER and found.ratio == pytest.approx(2, rel=0.02)
    assert found.low is not None and found.low > 1.9
    same = row(run(blocks), "flask").comparisons["server_cpu_per_request"]
    assert same.verdict in (TIE, UNRESOLVED)


def test_any_backend_can_be_the_reference() -> None:
    found = table(run(FIVE), reference="python-threads")
    answers = {one.backend: one.comparisons for one in found.rows}
    assert answers["python-threads"] == {}
    cpu = answers["node-http"]["server_cpu_per_request"]
    assert cpu.verdict == FASTER and cpu.ratio == pytest.approx(0.5, rel=0.02)
    own = row(run(FIVE)).comparisons["server_cpu_per_request"]
    assert cpu.ratio is not None and own.ratio == pytest.approx(1 / cpu.ratio)
    assert build_tables(run(FIVE), "python-threads").reference == "python-threads"
    assert build_tables(run(FIVE)).reference == "node-http"


def test_a_lane_that_stands_apart_is_compared_within_its_own_blocks() -> None:
    """There the machine is three times as slow; beside the others' blocks it would look so."""
    others = {name: made for name, made in LANES.items() if name != "python-threads"}
    pair = {name: LANES[name] for name in ("node-http", "python-threads")}
    together = [block(n, others) for n in range(3, 8)]
    apart = [
        made_block(
            n,
            pair,
            (CLOSED, OPEN),
            4,
            lambda lane, load, at, n=n: 3 * math.exp(NOISE[n] if lane != "node-http" else 0),  # type: ignore[misc]
            apart="python-threads",
        )
        for n in range(1, 6)
    ]
    found = run([burning(1, 30), burning(2, 10), *together, *apart])
    of_it = row(found)
    assert (of_it.n, of_it.left_out) == (5, 2)
    assert of_it.notes == tuple(
        f"block {n} left out: used 8.0% of the core while others were loaded" for n in (1, 2)
    )
    cpu = of_it.comparisons["server_cpu_per_request"]
    assert (cpu.verdict, cpu.fewest_trials) == (SLOWER, 5)
    assert cpu.ratio == pytest.approx(2, rel=0.02)
    # Of the others it was burned from all alike.
    assert row(found, "node-http").n == 12
    assert row(found, "flask").comparisons["server_cpu_per_request"].fewest_trials == 7


def burning(number: int, used_ms: int) -> BlockRecord:
    """With what python-threads used during each burst of the others."""
    made = block(number)
    bursts = (
        replace(
            one,
            idle_cpu_ns={} if one.lane == "python-threads" else {"python-threads": used_ms * MS_NS},
        )
        for one in made.bursts
    )
    return replace(made, bursts=tuple(bursts))


def test_a_lane_that_worked_in_one_block_is_left_in_all_of_them() -> None:
    """By the mean of what it used in each: 2.4% of one and nothing in four."""
    found = run([burning(1, 6), *FIVE[1:]])
    for name in NAMES:
        assert (row(found, name).n, row(found, name).left_out) == (5, 0)
    alone = run([burning(1, 30)])
    assert row(alone).n == 1, "a single one may have met a busy machine"


def test_what_is_undecided_is_counted_by_workload() -> None:
    assert undecided(run(FIVE)) == {"plaintext": 0}
    two = run(FIVE[:2])
    assert 0 < undecided(two)["plaintext"] <= 12
    assert undecided(run([])) == {"plaintext": 0}, "nothing is compared"


def test_what_was_not_run_is_said_beside_blocks_too() -> None:
    left_out = NotRun("plaintext", "flask", "flask is missing")
    found = stored_run(lambda cell: Fake(), SUITE, not_run=[left_out])
    assert row(found, "flask").why_empty == "not run: flask is missing"
    assert row(found, "flask").left_aside and row(found).n == 5


def test_a_run_of_blocks_and_trials_has_both() -> None:
    grids = (
        Grid(NAMES, ("plaintext",), measure="blocks"),
        Grid(NAMES, ("chat",), measure="trials"),
    )

    def figures(cell: Cell) -> Fake:
        return Fake(goodput_per_s=2000.0 if cell.backend == "flask" else 1000.0)

    found = stored_run(figures, small_suite(grid=grids))
    assert len(found.blocks) == 5 and len(found.trials) == 15
    tables = build_tables(found).tables
    assert [(one.workload, one.unit) for one in tables] == [
        ("plaintext", "blocks"),
        ("chat", "trials"),
    ]
    for one in tables:
        answers = {of_it.backend: of_it.comparisons for of_it in one.rows}
        assert answers["flask"]["goodput"].verdict == FASTER
