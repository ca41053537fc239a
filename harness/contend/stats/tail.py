"""How many requests beyond a quantile are worth what as many independent ones would be: pure.

Requests that wait behind each other exceed a time together, so that a tail of thousands of them may
tell as little as a dozen. The inflation of a variance says by how much: of the bursts' counts of
requests beyond their block's quantile, beside what independent requests would scatter
(overdispersion, McCullagh and Nelder, Generalized Linear Models, 1989, 4.5). By blocks, since what
differs between them is no dependence within.
"""

from collections.abc import Sequence

# Fewer than so many tell nothing about a quantile (formats.md, tail admission).
LEAST_EFFECTIVE = 100.0


def effective_exceedances(blocks: Sequence[Sequence[tuple[int, int]]]) -> float:
    """Of blocks of bursts: how many of a burst's requests lie beyond the block's quantile, and how
    many it has. At most those there are."""
    total, squares, degrees = 0, 0.0, 0
    for bursts in blocks:
        known = [(many, of) for many, of in bursts if of > 0]
        beyond, asked = sum(many for many, _ in known), sum(of for _, of in known)
        if not 0 < beyond < asked or len(known) < 2:
            continue
        share = beyond / asked
        squares += sum((many - of * share) ** 2 / (of * share * (1 - share)) for many, of in known)
        degrees += len(known) - 1
        total += beyond
    return total / max(1.0, squares / degrees) if degrees else 0.0
