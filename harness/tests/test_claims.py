"""Verdicts on claims by made runs: what is stored decides, and nothing else."""

import pytest
from contend.claims.document import CONDITIONAL, REFUTED, SUPPORTED, TIED, UNTESTED
from contend.claims.judge import judge_all
from contend.claims.servers import Servers
from contend.findings.archive import LeftOut, archive_of
from contend.runs.record import BackendNote, NotRun, Run
from contend.suites.cells import Cell
from made_claims import (
    JSON,
    MIX,
    SERVERS,
    backend,
    claim,
    fast_node,
    first,
    judged,
    ledger,
    run_of,
    suite,
)
from msgspec.structs import replace
from stored_runs import ENVIRONMENT, Fake, stored_run

LATER = "20260202T030405Z-full-0a1b2c"


def test_a_claim_that_all_pairs_bear_out_is_supported() -> None:
    found = first(judged(run_of(2.0)))
    assert found.verdict == SUPPORTED
    assert [one.sign for one in found.votes] == ["better"] * 4
    assert {one.n for one in found.votes} == {6}
    assert {one.unit for one in found.votes} == {"blocks"}
    assert {one.run for one in found.votes} == {"20260102T030405Z-full-0a1b2c"}
    for one in found.votes:
        assert one.ratio == pytest.approx(2.0, rel=0.05)
        assert one.low is not None and one.high is not None and one.low < 2.0 < one.high


@pytest.mark.parametrize(
    ("factor", "verdict"), [(2.0, SUPPORTED), (0.5, REFUTED), (1.0, TIED), (1.04, TIED)]
)
def test_flipped_data_flip_the_verdict(factor: float, verdict: str) -> None:
    assert first(judged(run_of(factor))).verdict == verdict


def test_a_direction_that_is_flipped_flips_the_verdict() -> None:
    cell = replace(JSON, better="lower")
    assert first(judged(run_of(2.0), of=ledger(claim(cell)))).verdict == REFUTED


def test_figures_without_a_direction_of_their_own_take_the_claims() -> None:
    cell = replace(JSON, figure="server_cpu_per_request", better="lower", margin="cpu")
    assert first(judged(run_of(2.0), of=ledger(claim(cell)))).verdict == SUPPORTED


def test_margins_decide_what_is_a_tie() -> None:
    wide = ledger(margins={"goodput": 0.5})
    narrow = ledger(margins={"goodput": 0.02})
    assert first(judged(run_of(1.2), of=wide)).verdict == TIED
    assert first(judged(run_of(1.2), of=narrow)).verdict == SUPPORTED


def test_a_cell_that_nothing_stored_has_is_untested_and_says_so() -> None:
    of = ledger(claim(replace(JSON, connections=1000)))
    found = first(judged(run_of(), of=of))
    assert found.verdict == UNTESTED
    assert {one.why for one in found.votes} == {"no stored run measures it"}
    assert "closed-c1000" in found.changes[0] and "no stored run measures it" in found.changes[0]


def test_without_any_run_all_is_untested() -> None:
    found = judged()
    assert first(found).verdict == UNTESTED and not found.runs and not found.machine


def test_one_missing_cell_of_two_keeps_a_claim_from_being_supported() -> None:
    of = ledger(claim(JSON, MIX))
    assert first(judged(run_of(), of=of)).verdict == UNTESTED
    both = run_of(suite=suite("json", "plaintext"))
    assert first(judged(both, of=of)).verdict == SUPPORTED


def test_a_cell_that_is_not_required_decides_nothing() -> None:
    of = ledger(claim(JSON, replace(MIX, required=False)))
    found = first(judged(run_of(), of=of))
    assert found.verdict == SUPPORTED and len(found.votes) == 8


def test_a_renamed_server_is_no_vote_of_its_pair() -> None:
    renamed = tuple("express5" if name == "express" else name for name in SERVERS)
    found = first(judged(run_of(suite=suite(servers=renamed))))
    assert found.votes[0].why == "no stored run of this cell has express"
    assert found.verdict == SUPPORTED  # three of four
    assert found.votes[0].is_able


def test_two_missing_pairs_are_too_many() -> None:
    some = tuple(name for name in SERVERS if name not in ("express", "nestjs"))
    assert first(judged(run_of(suite=suite(servers=some)))).verdict == UNTESTED


def test_a_pair_that_can_not_do_a_workload_is_not_asked() -> None:
    some = tuple(name for name in SERVERS if name not in ("express", "nestjs"))
    unable = backend("plaintext", needs={"json": "needs package: flask-sock"})
    backends = {"flask": unable, "django": unable}
    found = first(judged(run_of(suite=suite(servers=some)), backends=backends))
    assert found.verdict == SUPPORTED
    assert [one.is_able for one in found.votes] == [False, True, True, False]
    assert found.votes[0].why == "flask: needs package: flask-sock"


def test_one_pair_alone_or_none_is_too_few_to_ask() -> None:
    unable = backend("plaintext", needs={"json": "needs package: x"})
    for names in (("flask", "django", "aiohttp"), ("flask", "django", "aiohttp", "fastapi")):
        found = first(judged(run_of(), backends=dict.fromkeys(names, unable)))
        assert found.verdict == UNTESTED
        assert f"asks {4 - len(names)} of 4, too few to agree" in found.why


def test_one_pair_that_says_the_opposite_is_enough() -> None:
    def figures(cell: Cell) -> Fake:
        return fast_node(0.5 if cell.backend == "express" else 2.0)(cell)

    found = first(judged(stored_run(figures, suite(), run_id=LATER)))
    assert [one.sign for one in found.votes] == ["worse", "better", "better", "better"]
    assert found.verdict == UNTESTED and "3 better, 1 worse" in found.why


def test_votes_that_split_along_a_named_variable_are_conditional() -> None:
    def figures(cell: Cell) -> Fake:
        is_slow = cell.backend in ("fastify", "node-http")
        return fast_node(0.5 if is_slow else 2.0)(cell)

    run = stored_run(figures, suite(), run_id=LATER)
    named = first(judged(run, of=ledger(claim(variables=("side",)))))
    assert named.verdict == CONDITIONAL
    assert named.weakest is not None and named.strongest is not None
    assert (named.weakest.sign, named.strongest.sign) == ("worse", "better")
    assert named.condition == "holds where side is threads; doesn't where side is loop"
    unnamed = first(judged(run))
    assert unnamed.verdict == UNTESTED and not unnamed.condition


def test_cells_split_along_a_variable_too() -> None:
    def figures(cell: Cell) -> Fake:
        return fast_node(2.0 if cell.workload == "json" else 0.5)(cell)

    cells = replace(JSON, where={"CPU": "none"}), replace(MIX, where={"CPU": "much"})
    run = stored_run(figures, suite("json", "plaintext"), run_id=LATER)
    found = first(judged(run, of=ledger(claim(*cells, variables=("CPU", "side")))))
    assert found.verdict == CONDITIONAL
    assert found.condition == "holds where CPU is none; doesn't where CPU is much"


def test_needs_that_say_different_things_are_a_condition_of_their_own() -> None:
    def figures(cell: Cell) -> Fake:
        factor = {"json": 2.0, "plaintext": 0.5}.get(cell.workload)
        if factor is None:  # pairs contradict each other
            factor = 2.0 if cell.backend in ("express", "fastify") else 0.5
        return fast_node(factor)(cell)

    cells = [
        replace(JSON, workload=one, says=f"a need of {one}")
        for one in ("json", "plaintext", "orders")
    ]
    run = stored_run(figures, suite("json", "plaintext", "orders"), run_id=LATER)
    found = first(judged(run, of=ledger(claim(*cells, variables=("side", "need")))))
    assert found.verdict == CONDITIONAL
    assert found.condition == (
        "holds for a need of json; doesn't for a need of plaintext; not told for a need of orders"
    )


def test_too_few_blocks_cast_no_vote() -> None:
    found = first(judged(run_of(suite=suite(starts=3))))
    assert found.verdict == UNTESTED
    assert {one.why for one in found.votes} == {"3 of the 5 blocks that a vote needs"}


def test_p99_needs_more_blocks() -> None:
    of = ledger(claim(replace(JSON, figure="closed_loop_p99", better="lower", margin="p99")))
    found = first(judged(run_of(suite=suite(starts=6)), of=of))
    assert {one.why for one in found.votes} == {"6 of the 10 blocks that a vote needs"}


def test_a_side_that_failed_is_no_vote() -> None:
    def figures(cell: Cell) -> Fake:
        one = fast_node()(cell)
        return Fake(not_run="it died") if cell.backend == "flask" else one

    found = first(judged(stored_run(figures, suite(), run_id=LATER)))
    assert found.votes[0].sign == "no vote" and "flask" in found.votes[0].why


def test_what_was_left_aside_says_why() -> None:
    why = "needs package: flask-sock"
    run = run_of(not_run=[NotRun("json", "flask", why)])
    assert first(judged(run)).votes[0].why == f"flask was not run: {why}"


@pytest.mark.parametrize("style", ["tuned", "baseline", "model"])
def test_only_idiomatic_servers_vote(style: str) -> None:
    found = first(judged(with_notes(run_of(), "flask", style=style)))
    assert found.votes[0].why == f"flask: it is {style}, which never votes"


def test_unlike_kinds_and_unknown_ones_do_not_vote() -> None:
    run = run_of()
    for name in SERVERS:
        run = with_notes(run, name, kinds={"client": "a library's client"})
    run = with_notes(run, "flask", kinds={"client": "client by hand"})
    run = with_notes(run, "aiohttp", kinds={})
    votes = first(judged(run, of=ledger(claim(replace(JSON, alike="client"))))).votes
    assert votes[0].why == "unlike kinds of client: a library's client and client by hand"
    assert votes[1].sign == "better"
    assert votes[2].why == "which kind of client aiohttp had isn't stored"
    assert [one.sign for one in first(judged(run)).votes] == ["better"] * 4


def test_lanes_that_were_not_steady_do_not_count() -> None:
    run = run_of()
    blocks = tuple(
        replace(
            one,
            lanes=tuple(
                replace(lane, is_steady=lane.name != "flask" or one.number < 4)
                for lane in one.lanes
            ),
        )
        for one in run.blocks
    )
    found = first(judged(replace(run, blocks=blocks)))
    assert found.votes[0].why == "3 of the 5 blocks that a vote needs"


def test_the_newest_run_that_has_both_sides_counts() -> None:
    old, new = run_of(2.0), run_of(0.5, run_id=LATER)
    assert first(judged(old, new)).verdict == REFUTED
    assert first(judged(new, old)).verdict == REFUTED
    only_some = run_of(0.5, run_id=LATER, suite=suite(servers=("express", "flask")))
    found = first(judged(old, only_some))
    assert [one.sign for one in found.votes] == ["worse", "better", "better", "better"]
    assert found.votes[0].run == LATER


def test_a_newer_run_that_repeats_too_little_to_vote_does_not_hide_an_older_one() -> None:
    old, new = run_of(2.0), run_of(0.5, run_id=LATER, suite=suite(starts=3))
    found = first(judged(old, new))
    assert found.verdict == SUPPORTED
    assert LATER not in {one.run for one in found.votes}


def test_runs_of_two_machines_are_never_mixed() -> None:
    other = replace(ENVIRONMENT, machine=replace(ENVIRONMENT.machine, cpu_model="Another"))
    here = run_of(2.0), run_of(2.0, run_id="20260103T030405Z-full-0a1b2c")
    some = suite(servers=("express", "flask"))
    there = run_of(0.5, run_id=LATER, environment=other, suite=some)  # newer, and tells less
    found = judged(*here, there)
    assert first(found).verdict == SUPPORTED
    assert found.runs == (here[1].id, here[0].id)
    assert [one.run for one in found.left_out] == [LATER] and "Another" in found.left_out[0].why
    as_much = run_of(0.5, run_id=LATER, environment=other)
    newest = judged(here[0], as_much)  # of those that tell as much the one that ran last
    assert newest.runs == (LATER,) and first(newest).verdict == REFUTED


def test_an_incomplete_run_is_marked() -> None:
    found = judged(run_of(complete=False))
    assert found.incomplete == ("20260102T030405Z-full-0a1b2c",)
    assert not any(one.is_complete for one in first(found).votes)


def test_what_an_incomplete_run_has_not_yet_is_no_vote_or_an_older_runs() -> None:
    begun = replace(run_of(0.5, run_id=LATER, complete=False), blocks=())
    (one, *_) = first(judged(begun)).votes
    assert (one.why, one.is_complete) == ("not measured yet: the run is incomplete", False)
    assert first(judged(run_of(2.0), begun)).verdict == SUPPORTED


def test_a_run_that_can_not_be_read_is_said() -> None:
    unread = LeftOut("20260101T000000Z-x-000000", "can't be read: line 3 was changed")
    found = judge_all(ledger(), archive_of([run_of()], [unread]), {}, Servers(why_none="no"))
    assert unread in found.left_out


def test_what_would_change_a_supported_claim_is_counted() -> None:
    found = first(judged(run_of()))
    assert found.changes == (
        "goodput of json at closed-c64: one vote that is worse, or 2 fewer of 4 that are better",
    )


def test_holm_is_over_all_questions_of_the_claim() -> None:
    one, two = ledger(claim(JSON)), ledger(claim(JSON, MIX))
    run = run_of(suite=suite("json", "plaintext"))
    alone, beside = first(judged(run, of=one)).votes[0], first(judged(run, of=two)).votes[0]
    assert alone.low is not None and beside.low is not None
    assert beside.low < alone.low


def with_notes(run: Run, name: str, **changes: object) -> Run:
    note: BackendNote = replace(run.header.backends[name], **changes)
    return replace(run, header=replace(run.header, backends=run.header.backends | {name: note}))
