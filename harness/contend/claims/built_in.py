"""What a framework brings by itself, as its backend.toml says under [provides]: each framework
apart. Pure."""

from collections.abc import Mapping

from contend.claims.document import BETTER, SOURCES, TIE, WORSE, Vote
from contend.claims.ledger import Claim
from contend.suites.backend import Backend

VARIABLE = "framework"
BUILT_IN = "built in"


def votes_of(claim: Claim, backends: Mapping[str, Backend]) -> tuple[Vote, ...]:
    """Two thirds of the needs or more: better; so many that are not: worse."""
    found = []
    for name in claim.backends:
        where = {VARIABLE: name} if VARIABLE in claim.variables else {}
        backend = backends.get(name)
        if backend is None:
            why = f"there is no {name}"
            found.append(Vote(name, "", "", BUILT_IN, why=why, where=where))
            continue
        has = {key: _is_built_in(backend, workload, key) for workload, key in claim.needs.items()}
        many, of_all = sum(has.values()), len(has)
        sign = BETTER if 3 * many >= 2 * of_all else WORSE if 3 * many <= of_all else TIE
        texts = (f"{key}: {backend.provides.get(key, 'not at all')}" for key in has)
        vote = Vote(
            who=name,
            workload="",
            load="",
            figure=BUILT_IN,
            sign=sign,
            unit=SOURCES,
            where=where,
            said=f"{many} of {of_all}",
            beside="; ".join(texts),
        )
        found.append(vote)
    return tuple(found)


def _is_built_in(backend: Backend, workload: str, key: str) -> bool:
    return backend.unsupported(workload) is None and BUILT_IN in backend.provides.get(key, "")
