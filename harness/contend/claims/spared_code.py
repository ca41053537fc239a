"""Work that packages spare: a server's code for each workload on a framework, divided by that of
the same language's server on its standard library; and the other language's, as a control. Pure."""

from collections.abc import Iterator
from statistics import median

from msgspec.structs import replace

from contend.claims.document import BETTER, SOURCES, TIE, WORSE, Vote
from contend.claims.ledger import Claim, CodeRule
from contend.claims.servers import Server, Servers

_FIGURE = "code after gzip ÷ standard library's"


def votes_of(claim: Claim, servers: Servers) -> tuple[Vote, ...]:
    """A vote of each framework; the control's are shown, and decide nothing. REQUIRES: code and
    control."""
    assert claim.code is not None and claim.control is not None
    own = [_vote(claim, claim.code, name, servers, True) for name in claim.code.frameworks]
    others = [
        _vote(claim, claim.control, name, servers, False) for name in claim.control.frameworks
    ]
    return (*own, *others)


def _vote(claim: Claim, rule: CodeRule, name: str, servers: Servers, required: bool) -> Vote:
    title = f"{name} ÷ {rule.standard}"
    vote = Vote(title, "", "", _FIGURE, required=required, unit=SOURCES)
    if servers.why_none:
        return replace(vote, unit="", why=servers.why_none)
    server, standard = servers.by_name.get(name), servers.by_name.get(rule.standard)
    if server is None or standard is None:
        absent = name if server is None else rule.standard
        return replace(vote, unit="", why=f"nothing was read of {absent}")
    ratios = list(_ratios(server, standard))
    if not ratios:
        why = f"it has no workload whose code is told apart in it and in {rule.standard}"
        return replace(vote, unit="", why=why)
    counts = {
        BETTER: sum(one <= claim.most for one in ratios),
        WORSE: sum(one >= 1 / claim.most for one in ratios),
    }
    counts[TIE] = len(ratios) - sum(counts.values())
    sign = next((one for one, n in counts.items() if 3 * n >= 2 * len(ratios)), None)
    said = f"≤ {claim.most:g} in {counts[BETTER]} of {len(ratios)} workloads"
    said += f", ≥ {1 / claim.most:g} in {counts[WORSE]}"
    vote = replace(
        vote, said=said, ratio=median(ratios), n=len(ratios), beside=_beside(server, standard)
    )
    if sign is None:
        return replace(vote, why="no two thirds of its workloads lie on one side")
    return replace(vote, sign=sign)


def _ratios(server: Server, standard: Server) -> Iterator[float]:
    """Of workloads whose code is told apart on both sides."""
    for workload, done in server.done.items():
        base = standard.done.get(workload)
        if base is not None and base.gzip_bytes and not (done.is_whole or base.is_whole):
            yield done.gzip_bytes / base.gzip_bytes


def _beside(server: Server, standard: Server) -> str:
    return (
        f"{server.packages:,} packages, {server.installed_bytes / 2**20:,.1f} MiB against "
        f"{standard.packages:,}, {standard.installed_bytes / 2**20:,.1f} MiB"
    )
