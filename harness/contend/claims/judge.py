"""Judges every claim of a ledger by stored runs and by what is known of servers. Pure."""

import math
from collections.abc import Mapping, Sequence

from contend.claims import (
    built_in,
    code_size,
    no_package,
    parts,
    shared_rules,
    spared_code,
    suits,
    verdict,
    votes,
)
from contend.claims.document import CONDITIONAL, SCHEMA, UNTESTED, ClaimVerdict, Verdicts, Vote
from contend.claims.ledger import Claim, Ledger
from contend.claims.servers import Servers
from contend.claims.verdict import Judgement
from contend.findings.archive import Archive, machine_words
from contend.suites.backend import Backend


def judge_all(
    ledger: Ledger, archive: Archive, backends: Mapping[str, Backend], servers: Servers
) -> Verdicts:
    """`backends`: those that there are, by name."""
    found: list[ClaimVerdict] = []
    for claim in ledger.claim:
        found.append(_judge(ledger, claim, archive, backends, servers, found))
    runs = [one.run for one in archive.kept]
    return Verdicts(
        schema=SCHEMA,
        machine=machine_words(archive.machine) if archive.machine else "",
        runs=tuple(one.id for one in runs),
        incomplete=tuple(one.id for one in runs if not one.complete),
        left_out=archive.left_out,
        claims=tuple(found),
    )


def _judge(
    ledger: Ledger,
    claim: Claim,
    archive: Archive,
    backends: Mapping[str, Backend],
    servers: Servers,
    earlier: Sequence[ClaimVerdict],
) -> ClaimVerdict:
    cast = _votes(ledger, claim, archive, backends, servers)
    if claim.rule == "parts":
        judged = parts.judge_parts(claim, earlier)
        changes = tuple(parts.changes(claim, earlier))
    elif claim.rule == "code size":
        judged = Judgement(UNTESTED, code_size.WHY)
        changes = ("a measure of readability, which this project has none of",)
    else:
        judged = verdict.judge(cast, claim.variables)
        changes = tuple(verdict.changes(judged, cast))
    effects = _effects(judged)
    reached = suits.reached_of(ledger, claim, archive, backends)
    word, why = suits.suits(ledger, reached)
    shown = (*claim.parts, *claim.proxies)
    return ClaimVerdict(
        id=claim.id,
        says=claim.says,
        rule=claim.rule,
        verdict=judged.verdict,
        why=judged.why,
        condition=judged.condition,
        along=judged.along,
        weakest=effects[0] if effects else None,
        strongest=effects[-1] if effects else None,
        votes=cast,
        suits=word,
        suits_why=why,
        reached=reached,
        changes=changes,
        variables=claim.variables,
        parts=tuple((one.id, one.verdict) for one in earlier if one.id in shown),
    )


def _effects(judged: Judgement) -> list[Vote]:
    """From the one nearest to 1; of votes that split, from the one that is least in favour."""
    logs = [
        (math.log(one.ratio) if one.is_higher_better else -math.log(one.ratio), one)
        for one in judged.deciding
        if one.ratio
    ]
    is_split = judged.verdict == CONDITIONAL
    ordered = sorted(logs, key=lambda pair: pair[0] if is_split else abs(pair[0]))
    return [one for _, one in ordered]


def _votes(
    ledger: Ledger,
    claim: Claim,
    archive: Archive,
    backends: Mapping[str, Backend],
    servers: Servers,
) -> tuple[Vote, ...]:
    """By the claim's kind of evidence."""
    if claim.rule == "votes":
        return votes.votes_of(ledger, claim, archive, backends)
    if claim.rule == "shared rules":
        return shared_rules.votes_of(ledger, claim, servers)
    if claim.rule == "spared code":
        return spared_code.votes_of(claim, servers)
    if claim.rule == "code size":
        return code_size.votes_of(ledger, servers)
    if claim.rule == "no package":
        return no_package.votes_of(claim, servers)
    if claim.rule == "built in":
        return built_in.votes_of(claim, backends)
    return ()
