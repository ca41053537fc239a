"""Special kinds of evidence: most clients, memory a connection, what streams cost others, and
absolute thresholds."""

from collections.abc import Callable, Sequence

import pytest
from contend.claims.document import (
    DOES_NOT_SUIT,
    REFUTED,
    SUITS,
    SUPPORTED,
    TIED,
    UNTESTED,
    ClaimVerdict,
)
from contend.claims.ledger import Cell, Claim, Threshold
from contend.runs.record import Run
from contend.suites.cells import Cell as StoredCell
from contend.suites.suite import Grid
from made_claims import NODE, SERVERS, claim, first, judged, ledger
from stored_runs import MS_NS, Fake, small_suite, stored_run

CHAT = Cell(
    says="a need",
    workload="chat",
    arrivals="poisson",
    connections=128,
    rate=25.6,
    figure="most_clients",
    better="higher",
    margin="clients",
)
REST = Cell(
    says="a need",
    workload="plaintext",
    arrivals="poisson",
    connections=10000,
    rate=100,
    figure="bytes_per_connection",
    better="lower",
    margin="memory",
)
BESIDE = Cell(
    says="a need",
    workload="events",
    arrivals="poisson",
    rate=300,
    figure="p99_of_json",
    without="json",
    better="lower",
    margin="p99",
)


def in_trials(
    figures: Callable[[StoredCell], Fake],
    workloads: Sequence[str],
    loads: Sequence[tuple[int, float]],
    starts: int = 5,
) -> Run:
    grids = tuple(
        Grid(SERVERS, tuple(workloads), "poisson", count, rates=(rate,), measure="trials")
        for count, rate in loads
    )
    suite = small_suite(grid=grids, reference=None, starts=starts, budget="100h")
    return stored_run(figures, suite)


def chat(node: int, python: int, starts: int = 5) -> ClaimVerdict:
    """Each side keeps up with so many clients."""

    def figures(cell: StoredCell) -> Fake:
        most = node if cell.backend in NODE else python
        lost = {"protocol": 3} if cell.connections > most else {}
        return Fake(goodput_per_s=cell.rate_per_s or 0, failed=lost, classes=("message",))

    sizes = [128, 134, 256, 269, 512, 538]
    run = in_trials(figures, ["chat"], [(one, 0.2 * one) for one in sizes], starts)
    return first(judged(run, of=ledger(claim(CHAT))))


@pytest.mark.parametrize(
    ("node", "python", "verdict"),
    [(256, 128, SUPPORTED), (128, 256, REFUTED), (256, 256, TIED), (512, 128, SUPPORTED)],
)
def test_most_clients_are_told_by_what_the_search_leaves_open(
    node: int, python: int, verdict: str
) -> None:
    found = chat(node, python)
    assert found.verdict == verdict
    vote = found.votes[0]
    assert vote.ratio == node / python and vote.said == f"{node} against {python} clients"
    assert vote.low is not None and vote.high is not None
    assert vote.low < node / python < vote.high


def test_a_search_that_never_ended_leaves_its_side_open() -> None:
    found = chat(600, 600)
    assert found.verdict == UNTESTED
    assert found.votes[0].said == "≥ 538 against ≥ 538 clients"
    assert (found.votes[0].low, found.votes[0].high) == (None, None)


def test_one_that_kept_up_with_nobody_is_no_vote() -> None:
    assert "kept up with no number" in chat(256, 1).votes[0].why


def resting(node: int, python: int, starts: int = 5) -> ClaimVerdict:
    def figures(cell: StoredCell) -> Fake:
        each = node if cell.backend in NODE else python
        return Fake(goodput_per_s=100, rss_bytes=2**25 + each * cell.connections)

    loads = [(100, 100.0), (5000, 100.0), (10000, 100.0)]
    return first(judged(in_trials(figures, ["plaintext"], loads, starts), of=ledger(claim(REST))))


@pytest.mark.parametrize(
    ("node", "python", "verdict"),
    [(4000, 9000, SUPPORTED), (9000, 4000, REFUTED), (5000, 5100, TIED)],
)
def test_memory_a_connection_is_a_slope_for_each_start(
    node: int, python: int, verdict: str
) -> None:
    found = resting(node, python)
    assert found.verdict == verdict
    assert found.votes[0].ratio == pytest.approx(node / python)
    assert found.votes[0].n == 5 and found.votes[0].busy is not None


def test_memory_of_too_few_starts_is_no_vote() -> None:
    found = resting(4000, 9000, starts=3)
    assert found.verdict == UNTESTED
    assert {one.why for one in found.votes} == {"3 of the 5 trials that a vote needs"}


def streams(node_ms: float, python_ms: float, starts: int = 10) -> Run:
    """p99 of those who ask is 1 ms alone, and so much beside streams."""

    def figures(cell: StoredCell) -> Fake:
        ms = node_ms if cell.backend in NODE else python_ms
        if cell.workload == "json":
            return Fake(goodput_per_s=3000, p50_ns=MS_NS / 2, p99_ns=MS_NS, classes=("json",))
        return Fake(
            goodput_per_s=3000,
            p50_ns=MS_NS / 2,
            p99_ns=ms * MS_NS,
            cheap_p99_ns=ms * MS_NS,
            classes=("json", "event"),
            pushed=True,
        )

    return in_trials(figures, ["events", "json"], [(64, 300.0)], starts)


@pytest.mark.parametrize(
    ("node", "python", "verdict"), [(1.0, 3.0, SUPPORTED), (3.0, 1.0, REFUTED), (2.0, 2.0, TIED)]
)
def test_what_streams_cost_others_is_a_ratio_of_ratios(
    node: float, python: float, verdict: str
) -> None:
    found = first(judged(streams(node, python), of=ledger(claim(BESIDE))))
    assert found.verdict == verdict
    assert found.votes[0].ratio == pytest.approx(node / python, rel=0.02)
    assert found.votes[0].figure == "p99_of_json ÷ p99 of json alone"


def test_p99_needs_ten_trials() -> None:
    found = first(judged(streams(1.0, 3.0, starts=5), of=ledger(claim(BESIDE))))
    assert {one.why for one in found.votes} == {"5 of the 10 trials that a vote needs"}


def lateness(most_ms: float) -> Claim:
    cell = Cell(
        says="a need",
        workload="events",
        arrivals="poisson",
        rate=300,
        figure="p99_of_event",
        better="lower",
        margin="p99",
    )
    threshold = Threshold(
        workload="events",
        arrivals="poisson",
        rate=300,
        figure="p99_of_event",
        at_most=most_ms,
        none_lost=True,
    )
    return claim(cell, threshold=(threshold,))


def test_suiting_and_being_better_are_two_verdicts() -> None:
    """Events are late by twice as much as requests here."""
    slower = streams(20.0, 5.0)
    found = first(judged(slower, of=ledger(lateness(50))))
    assert (found.verdict, found.suits) == (REFUTED, SUITS)
    found = first(judged(slower, of=ledger(lateness(30))))
    assert (found.verdict, found.suits) == (REFUTED, DOES_NOT_SUIT)
    python = [one.is_met for one in found.reached if one.backend not in NODE]
    assert python == [True] * 4  # shown beside, and not what the claim is about


def test_a_threshold_inside_the_interval_is_not_told() -> None:
    found = first(judged(streams(20.0, 5.0), of=ledger(lateness(40.0))))
    assert found.suits == UNTESTED
    assert found.reached[0].why == "its interval has the threshold in it"


def test_lost_events_do_not_suit() -> None:
    def figures(cell: StoredCell) -> Fake:
        return Fake(
            goodput_per_s=3000,
            failed={"reset": 1},
            p99_ns=MS_NS,
            classes=("json", "event"),
            pushed=True,
        )

    run = in_trials(figures, ["events"], [(64, 300.0)], starts=10)
    found = first(judged(run, of=ledger(lateness(50))))
    assert found.suits == DOES_NOT_SUIT and "lost" in found.reached[0].why


@pytest.mark.parametrize(("goodput", "word"), [(6300, SUITS), (5500, DOES_NOT_SUIT)])
def test_waiting_is_measured_by_connections_and_the_wait(goodput: float, word: str) -> None:
    threshold = Threshold(workload="delay", figure="goodput", at_least=0.95, waits="10ms")
    cell = Cell(
        says="a need", workload="delay", figure="goodput", better="higher", margin="goodput"
    )
    grid = (Grid(SERVERS, ("delay",), measure="blocks"),)
    suite = small_suite(grid=grid, reference=None, starts=6, budget="100h")
    run = stored_run(lambda _: Fake(goodput_per_s=goodput, classes=("delay",)), suite)
    found = first(judged(run, of=ledger(claim(cell, threshold=(threshold,)))))
    assert found.suits == word
    assert found.reached[0].value == pytest.approx(goodput / 6400, rel=0.02)


def test_without_a_threshold_nothing_is_said_of_suiting() -> None:
    found = first(judged(streams(1.0, 3.0), of=ledger(claim(BESIDE))))
    assert found.suits is None and not found.reached
