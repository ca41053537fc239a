"""Votes by what is counted in sources: no interval, no trials. Pure."""

from msgspec.structs import replace

from contend.claims.document import BETTER, SOURCES, TIE, WORSE, Vote

NODE, PYTHON = "JavaScript", "Python"


def by_count(vote: Vote, node: float, python: float, fewer_is_better: bool) -> Vote:
    """Of exact numbers: no margin."""
    sign = TIE
    if node != python:
        sign = BETTER if (node < python) == fewer_is_better else WORSE
    return replace(vote, sign=sign, unit=SOURCES, said=f"{node:,g} against {python:,g}")
