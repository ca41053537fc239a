"""Claims that sources answer: rules shared, code and packages spared, what is built in; parts."""

import pytest
from contend.claims.document import CONDITIONAL, REFUTED, SUPPORTED, TIED, UNTESTED, ClaimVerdict
from contend.claims.ledger import Claim, CodeRule
from contend.claims.parts import judge_parts
from contend.claims.servers import Done, Server, Servers
from made_claims import NODE, SERVERS, backend, first, judged, ledger

WORKLOADS = ("json", "orders", "sessions")
SHARED = Claim("N4", "Code is shared", "shared rules", workload="orders")
SPARED = Claim(
    "N5",
    "Packages spare work",
    "spared code",
    code=CodeRule(("express", "fastify", "nestjs"), "node-http"),
    control=CodeRule(("flask", "fastapi"), "aiohttp"),
)
NO_PACKAGE = Claim("P2", "Nothing is needed", "no package", variables=("servers counted",))
BUILT_IN = Claim(
    "P3",
    "All is there",
    "built in",
    variables=("framework",),
    backends=("django", "flask"),
    needs={"orders": "validation", "database": "database", "sessions": "sessions"},
)


def servers(**changes: Server) -> Servers:
    made = {name: server(name) for name in SERVERS}
    return Servers(made | {one.name: one for one in changes.values()}, WORKLOADS)


def server(
    name: str, size: int = 1000, rules: int | None = 0, packages: tuple[str, ...] = ("one 1.0",)
) -> Server:
    done = Done(size, packages, rules_twice=rules)
    language = "JavaScript" if name in NODE else "Python"
    return Server(name, language, "idiomatic", 2**20, 3, dict.fromkeys(WORKLOADS, done))


def rules(node: int, python: int) -> Servers:
    made = {name: server(name, rules=node if name in NODE else python) for name in SERVERS}
    return Servers(made, WORKLOADS)


@pytest.mark.parametrize(
    ("node", "python", "verdict"), [(0, 31, SUPPORTED), (31, 0, REFUTED), (31, 31, TIED)]
)
def test_rules_that_stand_twice_are_counted(node: int, python: int, verdict: str) -> None:
    found = first(judged(of=ledger(SHARED), servers=rules(node, python)))
    assert found.verdict == verdict
    assert {one.said for one in found.votes} == {f"{node} against {python}"}


def test_rules_that_were_not_counted_are_no_vote() -> None:
    made = {name: server(name, rules=None) for name in SERVERS}
    found = first(judged(of=ledger(SHARED), servers=Servers(made, WORKLOADS)))
    assert found.verdict == UNTESTED and "express" in found.votes[0].why


@pytest.mark.parametrize(("size", "verdict"), [(800, SUPPORTED), (1250, REFUTED), (1000, TIED)])
def test_code_is_spared_up_to_a_ratio(size: int, verdict: str) -> None:
    made = {name: server(name, size) for name in ("express", "fastify", "nestjs")}
    found = first(
        judged(
            of=ledger(SPARED),
            servers=servers(**{name.replace("-", "_"): one for name, one in made.items()}),
        )
    )
    assert found.verdict == verdict
    own = [one for one in found.votes if one.required]
    assert {one.ratio for one in own} == {size / 1000}
    assert "packages" in own[0].beside and "MiB" in own[0].beside
    assert [one.sign for one in found.votes if not one.required] == ["tie", "tie"]


def test_a_framework_whose_workloads_split_has_no_vote() -> None:
    base = server("express")
    mixed = {"json": Done(500, ()), "orders": Done(1000, ()), "sessions": Done(2000, ())}
    of_it = Server(base.name, base.language, base.style, done=mixed)
    found = first(judged(of=ledger(SPARED), servers=servers(one=of_it)))
    assert found.votes[0].why == "no two thirds of its workloads lie on one side"


def test_code_that_can_not_be_told_apart_is_not_compared() -> None:
    whole = dict.fromkeys(WORKLOADS, Done(20, (), is_whole=True))
    of_it = Server("nestjs", "JavaScript", "idiomatic", done=whole)
    found = first(judged(of=ledger(SPARED), servers=servers(one=of_it)))
    assert found.votes[2].sign == "no vote" and "told apart" in found.votes[2].why


def test_workloads_with_no_package_are_counted_twice_over() -> None:
    library = Server(
        "python-threads", "Python", "baseline", done=dict.fromkeys(WORKLOADS, Done(9, ()))
    )
    found = first(judged(of=ledger(NO_PACKAGE), servers=servers(one=library)))
    assert found.verdict == CONDITIONAL
    assert [one.sign for one in found.votes] == ["better", "tie"]
    assert found.votes[0].said.startswith("0 against 3 of 3 workloads")


def test_what_is_built_in_is_told_of_each_framework_apart() -> None:
    all_of_it = {"validation": "own code", "database": "built in, ORM", "sessions": "built in"}
    backends = {
        "django": backend("orders", "database", "sessions", provides=all_of_it),
        "flask": backend("orders", "database", provides={"validation": "pydantic"}),
    }
    found = first(judged(of=ledger(BUILT_IN), backends=backends))
    assert found.verdict == CONDITIONAL
    assert found.condition == "holds where framework is django; doesn't where framework is flask"
    assert [one.said for one in found.votes] == ["2 of 3", "0 of 3"]
    both = first(judged(of=ledger(BUILT_IN), backends=dict.fromkeys(backends, backends["django"])))
    assert both.verdict == SUPPORTED


def test_what_is_built_in_for_a_workload_that_it_can_not_do_is_not() -> None:
    provides = {"validation": "built in", "database": "built in", "sessions": "built in"}
    one = backend("orders", provides=provides)
    found = first(judged(of=ledger(BUILT_IN), backends={"django": one, "flask": one}))
    assert found.verdict == REFUTED


def test_sizes_are_a_proxy_and_never_a_verdict() -> None:
    of = ledger(Claim("P1", "It is simple", "code size"))
    found = first(judged(of=of, servers=servers(one=server("express", 1))))
    assert found.verdict == UNTESTED and "proxy" in found.why
    assert found.votes[0].said == "3 against 3,000 over 3 workloads"
    assert not any(one.is_cast for one in found.votes)


@pytest.mark.parametrize("claim", [SHARED, SPARED, NO_PACKAGE, Claim("P1", "x", "code size")])
def test_without_an_inventory_they_say_why(claim: Claim) -> None:
    found = first(judged(of=ledger(claim), servers=Servers(why_none="not installed here")))
    assert found.verdict == UNTESTED
    assert {one.why for one in found.votes} == {"not installed here"}


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((SUPPORTED, SUPPORTED, SUPPORTED), CONDITIONAL),
        ((SUPPORTED, REFUTED, UNTESTED), CONDITIONAL),
        ((REFUTED, REFUTED, REFUTED), REFUTED),
        ((TIED, TIED, TIED), TIED),
        ((TIED, REFUTED, TIED), UNTESTED),
        ((SUPPORTED, UNTESTED, UNTESTED), UNTESTED),
    ],
)
def test_what_is_made_of_parts_is_conditional_at_most(
    verdicts: tuple[str, ...], expected: str
) -> None:
    earlier = [
        ClaimVerdict(f"N{number}", "x", "votes", word, "")
        for number, word in enumerate(verdicts, start=1)
    ]
    claim = Claim("X1", "all", "parts", parts=("N1", "N2", "N3"))
    found = judge_parts(claim, earlier)
    assert found.verdict == expected
    assert all(f"{one.id}" in f"{found.why} {found.condition}" for one in earlier)
