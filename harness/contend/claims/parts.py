"""A claim that others make up: it is shown by its parts, and is conditional at most. Pure."""

from collections.abc import Sequence

from contend.claims.document import (
    CONDITIONAL,
    NEED,
    REFUTED,
    SUPPORTED,
    TIED,
    UNTESTED,
    ClaimVerdict,
)
from contend.claims.ledger import Claim
from contend.claims.verdict import Judgement


def judge_parts(claim: Claim, earlier: Sequence[ClaimVerdict]) -> Judgement:
    """REQUIRES: claim.parts are among the earlier ones."""
    parts = [one for one in earlier if one.id in claim.parts]
    shown = ", ".join(f"{one.id} {one.verdict}" for one in parts)
    told = [one for one in parts if one.verdict != UNTESTED]
    if 2 * len(told) < len(parts) or not parts:
        counted = f"{len(told)} of {len(parts)} parts could be told, fewer than half"
        return Judgement(UNTESTED, f"{counted}: {shown}")
    if all(one.verdict == REFUTED for one in parts):
        return Judgement(REFUTED, f"every part is: {shown}")
    if all(one.verdict == TIED for one in parts):
        return Judgement(TIED, f"every part is: {shown}")
    if any(one.verdict in (SUPPORTED, CONDITIONAL) for one in parts):
        need = "by need: " + "; ".join(
            f"{one.id} is {one.verdict}{f' ({one.condition})' if one.condition else ''}"
            for one in parts
        )
        why = "what is made of parts is conditional at most"
        return Judgement(CONDITIONAL, why, need, NEED)
    return Judgement(UNTESTED, f"its parts say differing things: {shown}")


def changes(claim: Claim, earlier: Sequence[ClaimVerdict]) -> list[str]:
    return [f"another verdict of {one.id}" for one in earlier if one.id in claim.parts]
