"""The votes of a claim's pairs in its cells; Holm's adjustment is over all questions of the claim.
Pure."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from contend.claims.asked import Asked, ask
from contend.claims.document import BETTER, NEED, NONE, TIE, WORSE, Vote
from contend.claims.interference import ask_beside
from contend.claims.ledger import MEMORY, MOST_CLIENTS, Cell, Claim, Ledger, PairRule
from contend.claims.memory import ask_memory
from contend.claims.most_clients import vote_by_clients
from contend.findings.archive import Archive, Missing
from contend.stats import compare as statistics
from contend.stats.compare import Comparison
from contend.suites.backend import Backend

_SIGNS = {statistics.FASTER: BETTER, statistics.SLOWER: WORSE, statistics.TIE: TIE}


def votes_of(
    ledger: Ledger, claim: Claim, archive: Archive, backends: Mapping[str, Backend]
) -> tuple[Vote, ...]:
    """Of every pair in every cell, in the ledger's order."""
    votes: list[Vote] = []
    asked: dict[int, Asked] = {}
    for cell in claim.cell:
        for pair in ledger.pair:
            vote = _blank(ledger, claim, cell, pair)
            if (why := _why_unable(cell, pair, backends)) is not None:
                votes.append(replace(vote, why=why, is_able=False))
                continue
            if cell.figure == MOST_CLIENTS:
                votes.append(vote_by_clients(ledger, cell, pair, archive, vote))
                continue
            found = _ask(ledger, cell, pair, archive)
            if isinstance(found, Missing):
                run = found.stored.run if found.stored else None
                vote = replace(vote, run=run.id if run else "")
                vote = replace(vote, why=found.why, is_complete=run is None or run.complete)
            else:
                asked[len(votes)] = found
            votes.append(vote)
    answers = statistics.compare([one.question for one in asked.values()])
    for (at, of_it), answer in zip(asked.items(), answers, strict=True):
        votes[at] = _answered(votes[at], of_it, answer)
    return tuple(votes)


def _ask(ledger: Ledger, cell: Cell, pair: PairRule, archive: Archive) -> Asked | Missing:
    if cell.figure == MEMORY:
        return ask_memory(ledger, cell, pair, archive)
    if cell.without is not None:
        return ask_beside(ledger, cell, pair, archive)
    return ask(ledger, cell, pair, archive)


def _blank(ledger: Ledger, claim: Claim, cell: Cell, pair: PairRule) -> Vote:
    own = {name: value for name, value in pair.where.items() if name in claim.variables}
    own |= {NEED: cell.says} if NEED in claim.variables else {}
    figure = cell.figure if cell.without is None else f"{cell.figure} ÷ p99 of {cell.without} alone"
    return Vote(
        who=pair.title,
        workload=cell.workload,
        load=cell.load.word,
        figure=figure,
        required=cell.required,
        says=cell.says,
        margin=ledger.margins[cell.margin],
        is_higher_better=cell.better == "higher",
        where=own | cell.where,
    )


def _why_unable(cell: Cell, pair: PairRule, backends: Mapping[str, Backend]) -> str | None:
    """A side that doesn't do the workload says so; the pair is not one of those who are asked."""
    for name in (pair.node, pair.python):
        backend = backends.get(name)
        if backend is not None and (why := backend.unsupported(cell.workload)) is not None:
            return f"{name}: {why}"
    return None


def _answered(vote: Vote, asked: Asked, answer: Comparison) -> Vote:
    run = asked.stored.run
    sign = _SIGNS.get(answer.verdict, NONE)
    undecided = answer.why or f"unresolved: its interval crosses an edge of ±{vote.margin:.0%}"
    return replace(
        vote,
        sign=sign,
        why="" if sign != NONE else undecided,
        ratio=answer.ratio,
        low=answer.low,
        high=answer.high,
        n=asked.n,
        unit=asked.unit,
        run=run.id,
        is_complete=run.complete,
        busy=asked.busy,
    )


def cast(votes: Sequence[Vote]) -> list[Vote]:
    return [one for one in votes if one.is_cast]
