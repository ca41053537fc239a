"""What a run says across its tables."""

import pytest
from contend.blocks.record import BlockRecord, Window
from contend.findings.across import across_tables
from contend.findings.tables import build_tables
from contend.reports import markdown, terminal
from contend.suites.cells import Cell
from contend.suites.suite import Grid
from msgspec.structs import replace
from stored_runs import MS_NS, Fake, Figures, small_suite, stored_run

CLIENTS = (100, 200, 400)


def chat_grid(connections: int) -> Grid:
    names = ("node-http", "python-threads")
    return Grid(names, ("chat",), "poisson", connections, rates=(float(connections),))


CHAT = small_suite(grid=tuple(map(chat_grid, CLIENTS)))


def chat_figures(slow_from: int, lost_from: int) -> Figures:
    def figures(cell: Cell) -> Fake:
        slow = cell.backend == "python-threads" and cell.connections >= slow_from
        lost = cell.backend == "python-threads" and cell.connections >= lost_from
        return Fake(
            goodput_per_s=cell.rate_per_s or 0.0,
            p99_ns=(300 if slow else 200) * MS_NS,
            failed={"protocol": 1} if lost else {},
        )

    return figures


@pytest.mark.parametrize(
    ("slow_from", "lost_from", "most", "is_least"),
    [
        (999, 999, 400, True),
        (400, 999, 200, False),
        (999, 400, 200, False),
        (100, 999, 0, False),
    ],
)
def test_clients_chat_until_they_wait_too_long_or_something_is_lost(
    slow_from: int, lost_from: int, most: int, is_least: bool
) -> None:
    run = stored_run(chat_figures(slow_from, lost_from), CHAT)
    node, python = across_tables(run)
    assert (node.backend, node.most_clients, node.is_least) == ("node-http", 400, True)
    assert (python.most_clients, python.is_least) == (most, is_least)
    assert (python.broke_at is None) == is_least
    if lost_from == 400:
        assert "1 protocol" in python.why_broken
    elif not is_least:
        assert python.why_broken.startswith("p95 ")


def test_a_gap_among_the_clients_ends_the_count() -> None:
    """200 that are slow are not made good by 400 that happen to be fast."""

    def figures(cell: Cell) -> Fake:
        slow = cell.connections == 200
        return Fake(cell.rate_per_s or 0.0, p99_ns=(300 if slow else 200) * MS_NS)

    assert {one.most_clients for one in across_tables(stored_run(figures, CHAT))} == {100}


def test_a_trial_that_withholds_how_long_they_waited_does_not_tell_of_the_server() -> None:
    """Others of its cell do; where none does, nobody knows whether they keep up."""

    def most(trials: range) -> set[int | None]:
        def figures(cell: Cell) -> Fake:
            late = frozenset(trials) if cell.connections == 400 else frozenset()
            return Fake(
                cell.rate_per_s or 0.0,
                p99_ns=200 * MS_NS,
                partly_valid=late,
                withheld=("p95_ns",),
            )

        return {one.most_clients for one in across_tables(stored_run(figures, CHAT))}

    assert most(range(1, 5)) == {400}
    assert most(range(1, 6)) == {200}


def test_memory_of_a_connection_is_a_slope() -> None:
    grid = tuple(
        Grid(("node-http",), ("plaintext",), "poisson", connections, rates=(100.0,))
        for connections in (100, 5_000, 10_100)
    )

    def figures(cell: Cell) -> Fake:
        return Fake(100.0, rss_bytes=50 * 2**20 + 5_000 * cell.connections)

    (found,) = across_tables(stored_run(figures, small_suite(grid=grid)))
    assert found.bytes_per_connection == pytest.approx(5_000, rel=1e-3)
    assert found.most_clients is None


def test_memory_at_two_sizes_is_no_slope() -> None:
    grid = tuple(
        Grid(("node-http",), ("plaintext",), "poisson", connections, rates=(100.0,))
        for connections in (100, 10_100)
    )
    found = across_tables(stored_run(lambda cell: Fake(100.0), small_suite(grid=grid)))
    assert all(one.bytes_per_connection is None for one in found)


def test_a_cold_start_is_the_median_of_all_starts_of_a_server() -> None:
    def figures(cell: Cell) -> Fake:
        cold_start_ns = 250 * MS_NS if cell.backend == "python-threads" else 40 * MS_NS
        return Fake(cold_start_ns=cold_start_ns, invalid=frozenset({3}))

    node, python = across_tables(run := stored_run(figures, small_suite(starts=3)))
    assert (node.backend, python.backend) == ("node-http", "python-threads")
    assert python.cold_start_ns is not None
    assert python.cold_start_ns == pytest.approx(250 * MS_NS, rel=0.02)
    assert python.cold_starts == sum(
        one.planned.cell.backend == "python-threads" for one in run.trials
    )
    text = markdown.render(build_tables(run)).decode()
    starts = text.partition("\n## After its start\n")[2].partition("\n## ")[0].split("\n")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in starts if "| " in line]
    assert cells[0][1] == "cold start to the first 200, with calibration, median ms"
    assert cells[-2:] == [
        ["node-http", f"{(node.cold_start_ns or 0) / MS_NS:.0f}", str(node.cold_starts)],
        ["python-threads", f"{python.cold_start_ns / MS_NS:.0f}", str(python.cold_starts)],
    ]
    assert text.index("## After its start") > text.index("### 6a cpu-mix: open")


def test_nothing_is_said_of_one_number_of_connections() -> None:
    assert across_tables(stored_run(lambda cell: Fake(cell.rate_per_s or 1000.0))) == ()


def test_people_read_it_above_the_tables() -> None:
    tables = build_tables(stored_run(chat_figures(400, 999), CHAT))
    text = markdown.render(tables).decode()
    assert "| backend        | most chat clients at p95 ≤ 250 ms, none lost |" in text
    assert "≥ 400 |" in text and " 200 |" in text
    assert any("most chat clients" in line.plain for line in terminal.render(tables))


def test_a_warm_up_is_told_of_all_blocks_of_a_backend() -> None:
    grid = (Grid(("node-http", "python-threads"), ("plaintext",), measure="blocks"),)
    made = stored_run(lambda cell: Fake(), small_suite(grid=grid))
    rates = {1: (100, 300, 950, 1000, 1000), 2: (400, 900, 1000), 3: (200, 960, 1000)}

    def warmed(block: BlockRecord) -> BlockRecord:
        windows = tuple(Window(rate, 0, 9 * MS_NS // rate) for rate in rates[block.number])
        lanes = tuple(
            replace(one, windows=windows, is_steady=block.number != 2)
            if one.name == "node-http"
            else one
            for one in block.lanes
        )
        return replace(block, lanes=lanes)

    node, python = across_tables(replace(made, blocks=tuple(map(warmed, made.blocks[:3]))))
    assert (node.backend, python.backend) == ("node-http", "python-threads")
    assert node.climbed_ns == 2 * 250 * MS_NS, "the middle one of 2, 2 and 1 windows"
    assert node.first_goodput == pytest.approx(0.2)
    assert node.first_p99_ns == 9 * MS_NS // 200 and node.last_p99_ns == 9_000
    assert not node.always_steady and python.always_steady
    assert (python.climbed_ns, python.first_goodput) == (0, 1.0)
    assert (node.cold_starts, node.cold_start_ns) == (3, 100 * MS_NS)
