"""How many requests beyond a quantile are worth what as many independent ones would be: pure.

Requests that wait behind each other exceed a time together, so that a tail of thousands of them may
tell as little as a dozen. The inflation of a variance says by how much: of the bursts' counts of
requests beyond the pooled quantile, beside what independent requests would scatter (overdispersion,
McCullagh and Nelder, Generalized Linear Models, 1989, 4.5).
"""

from collections.abc import Sequence

# Fewer than so many tell nothing about a quantile (formats.md, tail admission).
LEAST_EFFECTIVE = 100.0


def effective_exceedances(beyond: Sequence[int], requests: Sequence[int]) -> float:
    """Of bursts, each with so many of its requests beyond the quantile. At most those there are."""
    known = [(many, of) for many, of in zip(beyond, requests, strict=True) if of > 0]
    total, asked = sum(many for many, _ in known), sum(of for _, of in known)
    if not total or total == asked or len(known) < 2:
        return 0.0
    share = total / asked
    squares = sum((many - of * share) ** 2 / (of * share * (1 - share)) for many, of in known)
    return total / max(1.0, squares / (len(known) - 1))
