"""What the votes answer to "Node.js or Python?": for each need, who is ahead and by how much. Pure.

A need is a cell that a claim requires. Its pairs agree as they must for a verdict: two thirds of
those who can do it, and none says the opposite.
"""

import math
from collections.abc import Iterator

import msgspec

from contend.claims.document import BETTER, TIE, WORSE, Verdicts, Vote
from contend.claims.verdict import LEAST_ASKED, agreed, cells_of

NODE, PYTHON, NEITHER, SPLIT, OPEN = "Node.js", "Python", "neither", "differ", "open"
_AHEAD = {BETTER: NODE, WORSE: PYTHON, TIE: NEITHER}


class Need(msgspec.Struct, frozen=True):
    says: str
    ahead: str  # NODE, PYTHON, NEITHER; SPLIT: pairs contradict each other; OPEN: not known
    votes: tuple[Vote, ...]  # of the pairs that can do it
    # How many times as good the side that is ahead is, of the pairs that say so: least and most.
    least: float | None = None
    most: float | None = None


def needs_of(verdicts: Verdicts) -> tuple[Need, ...]:
    return tuple(_needs(verdicts))


def with_ratios(verdicts: Verdicts) -> list[tuple[Need, list[Vote]]]:
    """The needs of which a ratio is known, with the votes that have one."""
    found = [(need, [one for one in need.votes if one.ratio]) for need in needs_of(verdicts)]
    return [(need, votes) for need, votes in found if votes]


def advantage(vote: Vote, value: float) -> float:
    """How many times as good Node's is, where `value` is Node's figure ÷ Python's."""
    return value if vote.is_higher_better else 1 / value


def _needs(verdicts: Verdicts) -> Iterator[Need]:
    for claim in verdicts.claims:
        asked = [one for one in claim.votes if one.says and one.required and one.is_able]
        for votes in cells_of(asked):
            ahead = _ahead(votes)
            times = sorted(_times(votes, ahead))
            least, most = (times[0], times[-1]) if times else (None, None)
            yield Need(votes[0].says, ahead, tuple(votes), least, most)


def _ahead(votes: list[Vote]) -> str:
    signs = {one.sign for one in votes}
    if {BETTER, WORSE} <= signs:
        return SPLIT
    if len(votes) < LEAST_ASKED:
        return OPEN
    return _AHEAD.get(agreed(votes) or "", OPEN)


def _times(votes: list[Vote], ahead: str) -> Iterator[float]:
    for one in votes:
        if one.ratio is not None and _AHEAD.get(one.sign) == ahead and ahead in (NODE, PYTHON):
            yield math.exp(abs(math.log(advantage(one, one.ratio))))
