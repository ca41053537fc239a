"""Finds the commit that made a server slower: gates between a revision and commits after it. Pure
but for the gate, which is passed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contend.gate.document import PASS, REGRESSION, Verdict

# The verdict of a commit beside the revision that was good.
Gate = Callable[[str], Verdict]


@dataclass(frozen=True)
class Found:
    culprit: str | None  # the first bad commit; None where that can't be said
    verdicts: dict[str, Verdict]  # of each commit that was tried, in their order
    why_not: str | None = None


def bisect(commits: Sequence[str], gate: Gate) -> Found:
    """`commits` follow the good one, the last one is held to be bad; that is tried first.

    A commit without a clear verdict ends the search: to guess would name an innocent one.
    """
    verdicts: dict[str, Verdict] = {}

    def verdict_of(commit: str) -> Verdict:
        verdicts[commit] = gate(commit)
        return verdicts[commit]

    def told(culprit: str | None, why_not: str | None = None) -> Found:
        return Found(culprit, {one: verdicts[one] for one in commits if one in verdicts}, why_not)

    if verdict_of(commits[-1]) != REGRESSION:
        return told(None, f"{commits[-1]} is no regression: {verdicts[commits[-1]]}")
    low, high = -1, len(commits) - 1  # good up to low, bad from high
    while high - low > 1:
        middle = (low + high) // 2
        verdict = verdict_of(commits[middle])
        if verdict not in (PASS, REGRESSION):
            between = f"between {commits[low] if low >= 0 else 'the first'} and {commits[high]}"
            return told(None, f"{commits[middle]} is {verdict}; it is {between}")
        low, high = (middle, high) if verdict == PASS else (low, middle)
    return told(commits[high])
