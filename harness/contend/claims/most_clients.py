"""How many can chat: the most clients with whom a server kept up, and the fewest with whom it did
not. Pure.

The true number lies between the two, so their ratios' ends are an interval by themselves: the
search has no other scatter to tell.
"""

from msgspec.structs import replace

from contend.claims.document import BETTER, NONE, TIE, WORSE, Vote
from contend.claims.ledger import Cell, Ledger, PairRule
from contend.findings.archive import Archive, Missing, Stored
from contend.findings.table import TRIALS, Across
from contend.runs.record import Run
from contend.suites.load import CLOSED


def vote_by_clients(
    ledger: Ledger, rule: Cell, pair: PairRule, archive: Archive, vote: Vote
) -> Vote:
    """`vote`: what is known of it already."""
    names = (pair.node, pair.python)
    found = archive.find(rule.workload, rule.load, names, 1)  # repeats at other numbers
    if isinstance(found, Missing):
        stored = found.stored
        return replace(vote, why=found.why, run=stored.run.id if stored else "")
    run = found.run
    vote = replace(vote, run=run.id, is_complete=run.complete, unit=TRIALS)
    ends = [_ends(found, name) for name in names]
    vote = replace(vote, n=min(search_trials(run, rule.workload, name) for name in names))
    for name, one in zip(names, ends, strict=True):
        if isinstance(one, str):
            return replace(vote, why=f"{name}: {one}")
    if vote.n < ledger.least_units:
        why = f"{vote.n} of the {ledger.least_units} trials of a search that a vote needs"
        return replace(vote, why=why)
    node, python = (one for one in ends if not isinstance(one, str))
    ratio = node[0] / python[0]
    low = node[0] / python[1] if python[1] is not None else None
    high = node[1] / python[0] if node[1] is not None else None
    said = f"{_words(node)} against {_words(python)} clients"
    sign = _sign(low, high, ledger.margins[rule.margin], rule.better == "higher")
    why = "" if sign != NONE else "the search left both sides of the margin possible"
    return replace(vote, sign=sign, why=why, ratio=ratio, low=low, high=high, said=said)


def clients_of(stored: Stored, backend: str) -> Across | None:
    found = stored.across.get(backend)
    return found if found is not None and found.most_clients is not None else None


def _ends(stored: Stored, backend: str) -> tuple[int, int | None] | str:
    """The most that it kept up with, and the fewest that it didn't, where that was tried."""
    found = clients_of(stored, backend)
    if found is None or found.most_clients is None:
        return "it was not searched for"
    if not found.most_clients:
        return f"it kept up with no number that was tried: {found.why_broken}"
    return found.most_clients, found.broke_at


def search_trials(run: Run, workload: str, backend: str) -> int:
    """Of the search, at all numbers of clients."""
    cells = [one.planned.cell for one in run.trials if one.is_valid]
    return sum(
        (one.workload, one.backend) == (workload, backend) and one.arrivals != CLOSED
        for one in cells
    )


def _words(ends: tuple[int, int | None]) -> str:
    return f"{ends[0]:,}" if ends[1] is not None else f"≥ {ends[0]:,}"


def _sign(low: float | None, high: float | None, margin: float, is_higher_better: bool) -> str:
    edge = 1 + margin
    if low is not None and low >= edge:
        return BETTER if is_higher_better else WORSE
    if high is not None and high <= 1 / edge:
        return WORSE if is_higher_better else BETTER
    if low is not None and high is not None and low >= 1 / edge and high <= edge:
        return TIE
    return NONE
