"""A verdict from votes: the common rule. Pure.

Two thirds of those who are asked must agree, and none may say the opposite, in every cell that the
claim requires. A pair one side of which can't do the workload is not asked, and so is listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contend.claims.document import (
    BETTER,
    CONDITIONAL,
    NEED,
    REFUTED,
    SUPPORTED,
    TIE,
    TIED,
    UNTESTED,
    WORSE,
    Vote,
)

# Of one pair alone two thirds say nothing.
LEAST_ASKED = 2
_OPPOSITE = {BETTER: WORSE, WORSE: BETTER}
_HOLDS: dict[str | None, str] = {
    BETTER: "holds",
    WORSE: "doesn't",
    TIE: "neither",
    None: "not told",
}
_VERDICTS = {BETTER: SUPPORTED, WORSE: REFUTED}


@dataclass(frozen=True)
class Judgement:
    verdict: str
    why: str
    condition: str = ""
    along: str = ""  # the variable of the condition
    deciding: tuple[Vote, ...] = ()  # whose effect is the claim's


def judge(votes: Sequence[Vote], variables: Sequence[str]) -> Judgement:
    for of_it in cells_of([one for one in votes if one.required]):
        if (able := sum(one.is_able for one in of_it)) < LEAST_ASKED:
            why = f"{_place(of_it[0])} asks {able} of {len(of_it)}, too few to agree"
            return Judgement(UNTESTED, f"{why}: the others have a side that can't do it")
    asked = [one for one in votes if one.required and one.is_able]
    cast = [one for one in asked if one.is_cast]
    counted = f"{len(cast)} of {len(asked)} votes that the rule asks for could be cast"
    if not asked or 2 * len(cast) < len(asked):
        return Judgement(UNTESTED, f"{counted}, fewer than half")
    cells = cells_of(asked)
    for sign, verdict in _VERDICTS.items():
        if all(agreed(of_it) == sign for of_it in cells):
            deciding = tuple(one for one in cast if one.sign == sign)
            against = "worse" if sign == BETTER else "better"
            why = f"two thirds of those asked or more are {sign} in every cell, none {against}"
            return Judgement(verdict, f"{why} ({counted})", deciding=deciding)
    for variable in variables:
        if (condition := _split(asked, variable)) is not None:
            why = f"the votes split along {variable} ({counted})"
            return Judgement(CONDITIONAL, why, condition, variable, tuple(cast))
    if 3 * sum(one.sign == TIE for one in cast) >= 2 * len(asked):
        ties = tuple(one for one in cast if one.sign == TIE)
        return Judgement(
            TIED,
            f"two thirds of the votes or more lie within the margin ({counted})",
            deciding=ties,
        )
    return Judgement(UNTESTED, f"{_tally(cast)}: no rule of the claim covers that ({counted})")


def cells_of(votes: Sequence[Vote]) -> list[list[Vote]]:
    found: dict[tuple[str, str, str], list[Vote]] = {}
    for one in votes:
        found.setdefault((one.workload, one.load, one.figure), []).append(one)
    return list(found.values())


def agreed(votes: Sequence[Vote]) -> str | None:
    """What two thirds of them or more say, and none the opposite of."""
    for sign in (BETTER, WORSE, TIE):
        of_it = sum(one.sign == sign for one in votes)
        is_opposed = any(one.sign == _OPPOSITE.get(sign) for one in votes)
        if votes and 3 * of_it >= 2 * len(votes) and not is_opposed:
            return sign
    return None


def _split(asked: Sequence[Vote], variable: str) -> str | None:
    """Each value of it says one thing, and not all the same. Of needs some may not be told: each
    stands for itself."""
    if any(variable not in one.where for one in asked):
        return None
    groups: dict[str, list[Vote]] = {}
    for one in asked:
        groups.setdefault(one.where[variable], []).append(one)
    by_sign: dict[str | None, list[str]] = {}
    for value, of_it in groups.items():
        by_sign.setdefault(agreed(of_it), []).append(value)
    told = [one for one in by_sign if one is not None]
    if len(told) < 2 or (None in by_sign and variable != NEED):
        return None
    where = "for" if variable == NEED else f"where {variable} is"
    ordered = sorted(by_sign, key=lambda sign: sign is None)
    return "; ".join(f"{_HOLDS[sign]} {where} {' / '.join(by_sign[sign])}" for sign in ordered)


def changes(judgement: Judgement, votes: Sequence[Vote]) -> Iterator[str]:
    """What would change a verdict: votes that are missing, or how few would have to turn."""
    asked = [one for one in votes if one.required and one.is_able]
    if judgement.verdict in (SUPPORTED, REFUTED):
        sign = BETTER if judgement.verdict == SUPPORTED else WORSE
        for of_it in cells_of(asked):
            agree = sum(one.sign == sign for one in of_it)
            spare = agree - -(-2 * len(of_it) // 3)
            yield (
                f"{_place(of_it[0])}: one vote that is {_OPPOSITE[sign]}, or {spare + 1} fewer "
                f"of {agree} that are {sign}"
            )
        return
    missing: dict[tuple[str, str], list[str]] = {}
    for one in asked:
        if not one.is_cast:
            missing.setdefault((_place(one), one.why), []).append(one.who)
    for (place, why), who in missing.items():
        yield f"{place}: a vote of {', '.join(who)} ({why})"
    if judgement.verdict == UNTESTED and not missing:
        yield "votes that agree in every cell, or split along a variable that the claim names"
    elif judgement.verdict in (CONDITIONAL, TIED) and not missing:
        yield "other signs in the cells above: all that the rule asks for is measured"


def _place(vote: Vote) -> str:
    at = f"{vote.workload} at {vote.load}" if vote.load else vote.workload
    return f"{vote.figure} of {at}" if vote.workload else vote.figure


def _tally(cast: Sequence[Vote]) -> str:
    counts = {sign: sum(one.sign == sign for one in cast) for sign in (BETTER, TIE, WORSE)}
    return ", ".join(f"{count} {sign}" for sign, count in counts.items() if count)
