"""One language on both ends: whether a server loads the rules that its page checks by, or states
them again. By pairs. Pure."""

from contend.claims.counted import by_count
from contend.claims.document import Vote
from contend.claims.ledger import Claim, Ledger
from contend.claims.servers import Servers


def votes_of(ledger: Ledger, claim: Claim, servers: Servers) -> tuple[Vote, ...]:
    """REQUIRES: claim.workload."""
    workload = claim.workload or ""
    found = []
    for pair in ledger.pair:
        own = {name: value for name, value in pair.where.items() if name in claim.variables}
        vote = Vote(pair.title, workload, "", "rules twice", where=own)
        counts = [_rules(servers, name, workload) for name in (pair.node, pair.python)]
        why = next((one for one in counts if isinstance(one, str)), "")
        known = [one for one in counts if not isinstance(one, str)]
        if why:
            found.append(Vote(pair.title, workload, "", "rules twice", why=why, where=own))
        else:
            found.append(by_count(vote, known[0], known[1], fewer_is_better=True))
    return tuple(found)


def _rules(servers: Servers, name: str, workload: str) -> int | str:
    """Or why it isn't known."""
    if servers.why_none:
        return servers.why_none
    server = servers.by_name.get(name)
    if server is None:
        return f"nothing was read of {name}"
    done = server.done.get(workload)
    if done is None:
        return f"{name} does not do it"
    return (
        f"no page's rules of {name} were counted" if done.rules_twice is None else done.rules_twice
    )
