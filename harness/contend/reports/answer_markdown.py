"""The answer on the README's front page: who is ahead for which need, and the claims with their
verdicts. Pure; every number stands again in results/comparison.md.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from contend.claims.answer import NEITHER, NODE, OPEN, PYTHON, SPLIT, Need, needs_of
from contend.claims.document import NEED, UNTESTED, ClaimVerdict, Verdicts
from contend.reports import comparison_markdown
from contend.reports.markdown import escape, grid
from contend.reports.numbers import ABSENT, DASH, number

_DIGITS = 2
_LEADS = {
    NODE: "Node.js is ahead in",
    PYTHON: "Python is ahead in",
    NEITHER: "Neither, within the margin, in",
    SPLIT: "It depends on the frameworks in",
    OPEN: "Not known yet",
}


def render(verdicts: Verdicts, link: str, plot: str | None) -> str:
    """`link` and `plot`: paths of comparison.md and of its picture, from the README's folder."""
    parts = [f"**{escape(one)}**" for one in comparison_markdown.warnings(verdicts)]
    needs = needs_of(verdicts)
    parts.append("\n".join(f"- {one}" for one in _sentences(needs)))
    parts += [_tally(verdicts), _claims(verdicts, link)]
    if plot is not None:
        parts.append(f"![{comparison_markdown.PICTURE}]({plot})")
    parts.append(_caption(verdicts, needs, link))
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentences(needs: Sequence[Need]) -> Iterator[str]:
    for ahead, lead in _LEADS.items():
        of_it = [escape(_need(one)) for one in needs if one.ahead == ahead]
        if of_it:
            yield f"**{lead}**: {'; '.join(of_it)}."


def _need(need: Need) -> str:
    if need.least is None or need.most is None:
        return need.says
    ends = dict.fromkeys(number(one, _DIGITS) for one in (need.least, need.most))
    return f"{need.says} ({DASH.join(ends)}×)"  # noqa: RUF001 (times)


def _tally(verdicts: Verdicts) -> str:
    counts = Counter(one.verdict for one in verdicts.claims)
    told = [f"{count} {verdict}" for verdict, count in counts.items() if verdict != UNTESTED]
    if open_ := counts.get(UNTESTED):
        told.append(f"{open_} untested")
    return f"Of {len(verdicts.claims)} claims that articles make of the two: {', '.join(told)}."


def _claims(verdicts: Verdicts, link: str) -> str:
    rows = [
        [
            f"[{escape(one.id)}]({link}#{comparison_markdown.anchor(one)})",
            escape(one.says),
            _verdict(one),
            one.suits or ABSENT,
        ]
        for one in verdicts.claims
    ]
    return grid(["claim", "says", "beside the other side", "by itself"], rows, left=4)


def _verdict(claim: ClaimVerdict) -> str:
    """Which needs it holds for is what the sentences above say."""
    if claim.along == NEED:
        return f"**{claim.verdict}**, by need"
    return comparison_markdown.verdict(claim)


def _caption(verdicts: Verdicts, needs: Sequence[Need], link: str) -> str:
    where = f" on {escape(verdicts.machine)}" if verdicts.machine else ""
    pairs = dict.fromkeys(vote.who for need in needs for vote in need.votes)
    times = (
        "The times say how much better the servers of the side that is ahead are, from the pair "
        "that says least to the one that says most. "
        if any(one.least for one in needs)
        else ""
    )
    left = len(verdicts.left_out)
    others = (
        f"{left} stored runs are of other machines, and left out: a machine answers once most of "
        "these cells are measured on it. "
        if left
        else ""
    )
    return (
        f"Measured{where}: {escape(', '.join(pairs)) or 'no pair'}. {times}{others}"
        f"[Every vote, its interval, and what would change a verdict]({link}); "
        "`scripts/suite` with `claims`, `blocking`, `chat`, `idle` and `streams` measures it again."
    )
