"""Code size, a proxy of simplicity: it is shown, and casts no vote. Pure."""

from contend.claims.document import SOURCES, Vote
from contend.claims.ledger import Ledger
from contend.claims.servers import Servers

WHY = "size of code is a proxy: readability isn't measured here"


def votes_of(ledger: Ledger, servers: Servers) -> tuple[Vote, ...]:
    """Of each pair, over the workloads that both sides do."""
    found = []
    for pair in ledger.pair:
        node, python = (servers.by_name.get(one) for one in (pair.node, pair.python))
        figure = "code after gzip, bytes"
        if servers.why_none or node is None or python is None:
            why = servers.why_none or "nothing was read of one side"
            found.append(Vote(pair.title, "", "", figure, why=why))
            continue
        both = [one for one in node.done if one in python.done]
        sizes = [sum(side.done[one].gzip_bytes for one in both) for side in (node, python)]
        vote = Vote(
            who=pair.title,
            workload="",
            load="",
            figure=figure,
            why=WHY,
            ratio=sizes[0] / sizes[1] if sizes[1] else None,
            n=len(both),
            unit=SOURCES,
            said=f"{sizes[0]:,} against {sizes[1]:,} over {len(both)} workloads",
        )
        found.append(vote)
    return tuple(found)
