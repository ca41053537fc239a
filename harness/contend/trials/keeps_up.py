"""Whether a chat kept up with its members: the rule that the most of them are found by. Pure."""

from contend.durations import format_ns
from contend.trials.document import LoadDocument

# A chat is one as long as nineteen in twenty messages reach the last of their room in this time.
MOST_P95_NS = 250_000_000


def why_behind(document: LoadDocument) -> str | None:
    """Why it didn't; None where nothing was lost or doubled, and it was fast enough."""
    requests = document.requests
    if lost := {name: count for name, count in requests.causes.items() if count}:
        shown = ", ".join(f"{count:,} {name}" for name, count in lost.items())
        return f"of {requests.scheduled:,} messages {shown}"
    p95_ns = document.latency.p95_ns
    if p95_ns is None:
        return "no p95"
    return f"p95 {format_ns(p95_ns)}" if p95_ns > MOST_P95_NS else None


def keeps_up(document: LoadDocument) -> bool | None:
    """None where the generator may have moved what tells it."""
    if not document.validity.states_figures or "p95_ns" in document.validity.withheld:
        return None
    return why_behind(document) is None
