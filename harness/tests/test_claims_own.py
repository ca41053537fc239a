"""The project's own claims.toml on made runs that have its cells: its claims can be decided."""

from functools import cache

import pytest
from contend.claims.document import CONDITIONAL, REFUTED, SUITS, SUPPORTED, ClaimVerdict, Verdicts
from contend.claims.judge import judge_all
from contend.claims.ledger import Ledger, read_ledger
from contend.claims.servers import Servers
from contend.files import paths
from contend.findings.archive import archive_of
from contend.runs.record import Run
from contend.suites.backend import Backend, backend_names, read_backend
from contend.suites.cells import Cell
from contend.suites.contract import workload_names
from contend.suites.suite import Grid
from made_claims import NODE, SERVERS
from msgspec.structs import replace
from stored_runs import MS_NS, Fake, small_suite, stored_run

WORKLOADS = paths.workloads_dir()
MOST = {"Node": 300, "Python": 150}  # clients


@cache
def own() -> Ledger:
    return read_ledger(
        WORKLOADS / "claims.toml", workload_names(WORKLOADS), backend_names(WORKLOADS)
    )


@cache
def backends() -> dict[str, Backend]:
    names = backend_names(WORKLOADS)
    return {name: read_backend(WORKLOADS, name, WORKLOADS) for name in names}


def able(workload: str) -> tuple[str, ...]:
    return tuple(name for name in SERVERS if backends()[name].unsupported(workload) is None)


def grid(*workloads: str, **load: object) -> Grid:
    names = tuple(name for name in SERVERS if all(name in able(one) for one in workloads))
    return Grid(names, workloads, **load)  # type: ignore[arg-type]


def made(better: float, cheap: float) -> tuple[Run, ...]:
    """Node's servers are `better` times as good, and `cheap` times where CPU holds the loop."""

    def figures(cell: Cell) -> Fake:
        is_node = cell.backend in NODE
        many = better if is_node else 1.0
        if cell.workload == "cpu-mix":
            p99_ns = 20 * MS_NS / (cheap if is_node else 1.0)
            return Fake(4000, p99_ns=p99_ns, cheap_p99_ns=p99_ns, classes=("json", "cpu"))
        if cell.workload == "events":
            late_ns = 10 * MS_NS / many
            return Fake(
                3000,
                p99_ns=late_ns,
                cheap_p99_ns=late_ns,
                classes=("json", "event"),
                pushed=True,
            )
        if cell.workload == "chat":
            most = MOST["Node" if is_node == (better > 1) else "Python"]
            lost = {"protocol": 1} if cell.connections > most else {}
            return Fake(cell.rate_per_s or 9, cpu_ns=1e6 / many, failed=lost, classes=("message",))
        if cell.workload == "bulk":
            return Fake(20, body_bytes=10 << 20, classes=("download",))
        grown = round(9000 / many) * cell.connections
        ideal = cell.connections * 100 if cell.rate_per_s is None else cell.rate_per_s
        ideal *= 1 if is_node == (better > 1) else 0.5
        return Fake(
            goodput_per_s=ideal if cell.workload == "delay" else 2000 * many,
            p99_ns=(1 if cell.workload == "json" else 9 / many) * MS_NS,
            rss_bytes=2**25 + grown,
        )

    loads = [
        grid("delay", connections=count, **rate)
        for count in (64, 1000, 10000)
        for rate in ({}, {"arrivals": "poisson", "rates": (2000.0,)})
    ]
    blocks = [
        grid("ws-echo"),
        grid("fanout"),
        grid("cpu-mix", arrivals="poisson", busy=(0.5, 0.8)),
    ]
    blocks = [replace(one, measure="blocks") for one in blocks]
    rests = [
        grid("plaintext", arrivals="poisson", connections=count, rates=(100.0,))
        for count in (100, 5000, 10000)
    ]
    talks = [
        grid("chat", arrivals="poisson", connections=count, rates=(0.2 * count,))
        for count in (128, 134, 141, 256, 268, 282, 512)
    ]
    others = [
        grid("plaintext", arrivals="bursts", connections=10000, rates=(1000.0,)),
        grid("events", "json", arrivals="poisson", rates=(300.0,)),
        grid("bulk", arrivals="poisson", rates=(20.0,)),
    ]
    trials = [replace(one, measure="trials") for one in (*loads, *rests, *talks, *others)]
    return tuple(
        _with_kinds(
            stored_run(
                figures,
                small_suite(grid=tuple(some), reference=None, starts=10, budget="1000h"),
                run_id=run_id,
            )
        )
        for some, run_id in ((blocks, "20260102T000000Z-a-0"), (trials, "20260103T000000Z-b-0"))
    )


def _with_kinds(run: Run) -> Run:
    notes = {
        name: replace(note, kinds={"client": "a library's client"})
        for name, note in run.header.backends.items()
    }
    return replace(run, header=replace(run.header, backends=notes))


@cache
def judged(better: float, cheap: float) -> Verdicts:
    none = Servers(why_none="not read")
    return judge_all(own(), archive_of(made(better, cheap)), backends(), none)


def of(verdicts: Verdicts, wanted: str) -> ClaimVerdict:
    return next(one for one in verdicts.claims if one.id == wanted)


@pytest.mark.parametrize(
    ("better", "cheap", "verdict"),
    [(2.0, 2.0, SUPPORTED), (0.5, 0.5, REFUTED), (2.0, 0.5, CONDITIONAL)],
)
def test_many_requests_at_once(better: float, cheap: float, verdict: str) -> None:
    found = of(judged(better, cheap), "N1")
    unclear = [one for one in found.votes if one.required and not one.is_cast]
    assert not unclear
    assert found.verdict == verdict
    assert found.weakest is not None and found.strongest is not None
    signs = {SUPPORTED: ("better", "better"), REFUTED: ("worse", "worse")}
    assert (found.weakest.sign, found.strongest.sign) == signs.get(verdict, ("worse", "better"))
    if verdict == CONDITIONAL:
        assert found.condition == (
            "holds where CPU on the loop is next to none; "
            "doesn't where CPU on the loop is 20 ms in one request of twenty"
        )
    assert (found.suits == SUITS) == (better > 1)


@pytest.mark.parametrize(("better", "verdict"), [(2.0, SUPPORTED), (0.5, REFUTED)])
def test_chat(better: float, verdict: str) -> None:
    found = of(judged(better, better), "N2")
    assert [one.who for one in found.votes if not one.is_able and one.workload == "chat"]
    assert not [one for one in found.votes if one.required and one.is_able and not one.is_cast]
    assert found.verdict == verdict


def test_streaming_waits_for_bulk_alone() -> None:
    """Made trials tell nothing of how memory grows."""
    found = of(judged(2.0, 2.0), "N3")
    unclear = {one.workload for one in found.votes if one.required and not one.is_cast}
    assert {one.sign for one in found.votes if one.workload == "events" and one.is_able} == {
        "better"
    }
    assert unclear >= {"bulk"} and found.suits == SUITS


def test_what_they_make_up_is_conditional_at_most() -> None:
    found = of(judged(2.0, 2.0), "X1")
    assert found.verdict == CONDITIONAL and "N1 is supported" in found.condition
