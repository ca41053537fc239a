"""How many workloads some server of a language does with no package, of all servers and of those
that people deploy. Python's side is the claim's: better is Python's. Pure."""

from msgspec.structs import replace

from contend.claims.counted import NODE, PYTHON, by_count
from contend.claims.document import Vote
from contend.claims.ledger import Claim
from contend.claims.servers import Servers

VARIABLE = "servers counted"
_EVERY, _DEPLOYED = "every one", "production-grade ones alone"


def votes_of(claim: Claim, servers: Servers) -> tuple[Vote, ...]:
    found = []
    for which in (_EVERY, _DEPLOYED):
        where = {VARIABLE: which} if VARIABLE in claim.variables else {}
        vote = Vote(which, "", "", "workloads with no package", where=where)
        if servers.why_none:
            found.append(replace(vote, why=servers.why_none))
            continue
        counts = [len(_without_package(servers, one, which)) for one in (NODE, PYTHON)]
        vote = by_count(vote, counts[0], counts[1], fewer_is_better=True)
        of_all = f"of {len(servers.workloads)} workloads: Node.js against Python"
        found.append(replace(vote, said=f"{vote.said} {of_all}"))
    return tuple(found)


def _without_package(servers: Servers, language: str, which: str) -> set[str]:
    return {
        workload
        for server in servers.of(language)
        if which == _EVERY or server.style == "idiomatic"
        for workload, done in server.done.items()
        if not done.packages
    }
