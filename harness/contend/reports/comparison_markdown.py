"""The claims with their verdicts as Markdown: results/comparison.md. Pure.

The verdicts stand first, then each claim with its votes, what stands behind them, and what would
change it. A number in a sentence is written as in its cell.
"""

from collections.abc import Iterator, Sequence

from contend.claims.answer import with_ratios
from contend.claims.document import SOURCES, ClaimVerdict, Reached, Verdicts, Vote
from contend.reports.markdown import escape, grid
from contend.reports.numbers import ABSENT, DASH, number

PICTURE = "Each pair's votes: how many times as good Node.js's server is, with intervals"
_DIGITS, _MOST_DIGITS = 3, 6
_INCOMPLETE = " (incomplete)"


def render(verdicts: Verdicts) -> bytes:
    parts = ["# Node.js and Python, claim by claim"]
    parts += [f"> **{escape(one)}**" for one in warnings(verdicts)]
    parts.append(_summary(verdicts))
    if with_ratios(verdicts):
        parts.append(f"![{PICTURE}](plots/comparison.svg)")
    parts.append(_preface(verdicts))
    for claim in verdicts.claims:
        parts += _section(claim)
    parts.append(_legend())
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def ratio(vote: Vote) -> str:
    """Node's figure ÷ Python's, with its interval where it has one."""
    if vote.ratio is None:
        return ABSENT
    if vote.low is None and vote.high is None:
        return f"×{number(vote.ratio)}"  # noqa: RUF001 (times)
    edges = [1.0] if vote.margin is None else [1 / (1 + vote.margin), 1.0, 1 + vote.margin]
    ends = [None if one is None else _end(one, edges) for one in (vote.low, vote.high)]
    return f"×{number(vote.ratio)} ({_interval(ends[0], ends[1])})"  # noqa: RUF001 (times)


def _interval(low: str | None, high: str | None) -> str:
    """One end of it at least is known."""
    if low is None:
        return f"≤ {high}"
    return f"≥ {low}" if high is None else f"{low}{DASH}{high}"


def _end(value: float, edges: Sequence[float]) -> str:
    """With digits enough not to be printed across an edge that a verdict goes by."""
    digits = _DIGITS
    while digits < _MOST_DIGITS and any(
        (float(f"{value:.{digits - 1}e}") > edge) != (value > edge) for edge in edges
    ):
        digits += 1
    return number(value, digits)


def warnings(verdicts: Verdicts) -> Iterator[str]:
    if not verdicts.runs:
        yield "No run is stored: whatever has to be measured is untested."
    for run in verdicts.incomplete:
        yield f"{run} is incomplete: what it says is marked."


def _summary(verdicts: Verdicts) -> str:
    rows = [
        [
            f"[{escape(one.id)}](#{anchor(one)})",
            escape(one.says),
            verdict(one),
            one.suits or ABSENT,
            _range(one),
        ]
        for one in verdicts.claims
    ]
    heads = ["claim", "says", "beside the other side", "by itself", "effect"]
    return grid(heads, rows, left=4)


def verdict(claim: ClaimVerdict) -> str:
    """With the condition that it holds under."""
    return f"**{claim.verdict}**{f': {escape(claim.condition)}' if claim.condition else ''}"


def _range(claim: ClaimVerdict) -> str:
    if claim.weakest is None or claim.strongest is None:
        return ABSENT
    ends = (f"{ratio(one)} {escape(one.figure)}" for one in (claim.weakest, claim.strongest))
    return " to ".join(dict.fromkeys(ends))


def _preface(verdicts: Verdicts) -> str:
    runs = ", ".join(map(escape, verdicts.runs)) or "none"
    lines = [f"- **Runs**: {runs}; in each cell the newest one that tried both sides often enough"]
    if verdicts.machine:
        lines.append(f"- **Machine**: {escape(verdicts.machine)}")
    lines += [f"- **Left out**: {escape(one.run)}: {escape(one.why)}" for one in verdicts.left_out]
    lines.append("- **Again**: `contend tables` computes it by `workloads/claims.toml`")
    return "\n".join(lines)


def _section(claim: ClaimVerdict) -> Iterator[str]:
    yield f"## {_heading(claim)}"
    yield f"{escape(claim.says)}."
    yield "\n".join(_said(claim))
    if any(one.unit != SOURCES and one.workload and one.load for one in claim.votes):
        yield _votes(claim.votes)
    elif claim.votes:
        yield _counts(claim.votes)
    if claim.reached:
        yield _reached(claim.reached)


def _said(claim: ClaimVerdict) -> Iterator[str]:
    condition = f": {escape(claim.condition)}" if claim.condition else ""
    yield f"- **{claim.verdict.capitalize()}**{condition}. {escape(_sentence(claim.why))}"
    if claim.weakest is not None and claim.strongest is not None:
        yield f"- **Effect**: {_effect(claim.weakest, claim.strongest)}"
    if claim.suits is not None:
        yield f"- **By itself**: {claim.suits}. {escape(_sentence(claim.suits_why))}"
    if claim.parts:
        shown = ", ".join(f"{escape(name)} {verdict}" for name, verdict in claim.parts)
        yield f"- **Parts**: {shown}"
    if claim.variables:
        yield f"- **May split along**: {escape(', '.join(claim.variables))}"
    yield "- **Would change it**:"
    yield from (f"  - {escape(one)}" for one in claim.changes or ("nothing that is named",))


def _effect(weakest: Vote, strongest: Vote) -> str:
    least = f"{ratio(weakest)} in {_where(weakest)}"
    if weakest == strongest:
        return least
    return f"from {least} to {ratio(strongest)} in {_where(strongest)}"


def _where(vote: Vote) -> str:
    place = f" on {escape(vote.workload)}" if vote.workload else ""
    at = f" at {escape(vote.load)}" if vote.load else ""
    return f"{escape(vote.figure)}{place}{at}, {escape(vote.who)}: {vote.sign}"


def _votes(votes: Sequence[Vote]) -> str:
    rows = [
        [
            escape(one.workload),
            escape(one.load),
            f"{escape(one.figure)}{'' if one.required else ' (beside)'}",
            escape(one.who),
            _sign(one),
            ratio(one),
            f"{one.n} {one.unit}" if one.n else ABSENT,
            ABSENT if one.busy is None else " / ".join(f"{share:.0%}" for share in one.busy),
            _run(one.run, one.is_complete),
            escape("; ".join(text for text in (one.said, one.why) if text)),
        ]
        for one in votes
    ]
    heads = [
        *("workload", "load", "figure", "pair", "Node's is", "Node ÷ Python", "n"),
        *("busy, Node / Python", "run", "remark"),
    ]
    return grid(heads, rows, left=len(heads))


def _counts(votes: Sequence[Vote]) -> str:
    rows = [
        [
            escape(one.who),
            f"{escape(one.figure)}{'' if one.required else ' (beside)'}",
            _sign(one),
            ratio(one),
            escape(one.said) or ABSENT,
            escape("; ".join(text for text in (one.why, one.beside) if text)),
        ]
        for one in votes
    ]
    return grid(["who", "what", "is", "ratio", "counted", "remark"], rows, left=6)


def _reached(reached: Sequence[Reached]) -> str:
    rows = [
        [
            escape(one.workload),
            escape(one.load),
            escape(one.figure),
            escape(one.wanted),
            escape(one.backend),
            {True: "yes", False: "no", None: "can't be told"}[one.is_met],
            _value(one),
            f"{one.n} {one.unit}" if one.n else ABSENT,
            _run(one.run, one.is_complete),
            escape(one.why),
        ]
        for one in reached
    ]
    heads = ["workload", "load", "figure", "wanted", "server", "reached", "value", "n", "run"]
    return grid([*heads, "remark"], rows, left=len(heads) + 1)


def _value(one: Reached) -> str:
    if one.value is None:
        return ABSENT
    if one.low is None and one.high is None:
        is_whole = float(one.value).is_integer()
        return f"{one.value:,.0f}" if is_whole else number(one.value)
    ends = [None if end is None else _end(end, [one.edge]) for end in (one.low, one.high)]
    return f"{number(one.value)} ({_interval(ends[0], ends[1])})"


def _sign(vote: Vote) -> str:
    return f"**{vote.sign}**" if vote.is_cast else vote.sign if vote.is_able else "not asked"


def _run(run: str, is_complete: bool) -> str:
    return f"{escape(run)}{'' if is_complete else _INCOMPLETE}" if run else ABSENT


def _heading(claim: ClaimVerdict) -> str:
    return f"{escape(claim.id)}: {claim.verdict}"


def anchor(claim: ClaimVerdict) -> str:
    """As GitHub names the heading of its section."""
    text = f"{claim.id} {claim.verdict}".lower()
    return "".join(one for one in text.replace(" ", "-") if one.isalnum() or one in "-_")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _legend() -> str:
    return "\n\n".join(
        (
            "## How to read this",
            "Two verdicts stand side by side: whether Node's servers are better than Python's "
            "like ones, by ratios, and whether they suit by themselves, by a threshold. Each vote "
            "is the ratio of Node's figure to Python's with its interval, adjusted over all "
            "questions of the claim (Holm); it is better or worse where the interval lies wholly "
            "outside the margin, and a tie wholly inside. Of blocks, both servers of a pair stood "
            "in each; trials had a fresh server each. Rows that are beside decide nothing, and a "
            "pair that is not asked has a side that doesn't do the workload. Models, baselines and "
            "tuned servers never vote. The rules: `workloads/claims.toml`.",
        )
    )
