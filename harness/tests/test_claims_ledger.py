"""claims.toml: read strictly, with errors that name file and key; and the project's own."""

from pathlib import Path

import pytest
from contend.claims.ledger import read_ledger
from contend.errors import SuiteError
from contend.files import paths
from contend.suites.backend import backend_names
from contend.suites.contract import workload_names

WORKLOADS, BACKENDS = ["json", "events"], ["express", "flask"]
RIGHT = """
[margins]
goodput = 0.1
[[pair]]
node = "express"
python = "flask"
[[claim]]
id = "N1"
says = "Node is fast"
rule = "votes"
variables = ["workers"]
[[claim.cell]]
says = "a need"
workload = "json"
figure = "goodput"
better = "higher"
margin = "goodput"
where = { workers = "one" }
"""


def read(tmp_path: Path, text: str) -> str:
    path = tmp_path / "claims.toml"
    path.write_text(text)
    with pytest.raises(SuiteError) as error:
        read_ledger(path, WORKLOADS, BACKENDS)
    assert str(error.value).startswith(str(path))
    return str(error.value)


def test_a_right_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(RIGHT)
    found = read_ledger(path, WORKLOADS, BACKENDS)
    (cell,) = found.claim[0].cell
    assert cell.load.word == "closed-c64" and cell.required
    assert found.least("goodput") == 5 and found.least("p99_of_json") == 10


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"express"', '"expres"', "pair[1].node: no 'expres'; there are express, flask"),
        ('"flask"', '"flask5"', "pair[1].python: no 'flask5'"),
        ('workload = "json"', 'workload = "jsno"', "claim[1].cell[1].workload: no 'jsno'"),
        ('margin = "goodput"', 'margin = "p99"', "claim[1].cell[1].margin: no 'p99'"),
        ('figure = "goodput"', 'figure = "godput"', "claim[1].cell[1].figure: no 'godput'"),
        ('better = "higher"', 'better = "more"', "claim[1].cell[1].better: no 'more'"),
        ('better = "higher"', 'bettr = "higher"', "unknown key 'bettr' in claim[1].cell[1]"),
        ("{ workers", "{ worker", "claim[1].cell[1].where: no 'worker'; there are workers"),
        ('rule = "votes"', 'rule = "vote"', "claim[1].rule: no 'vote'"),
        ('rule = "votes"', 'rule = "parts"', "the rule parts needs parts"),
        ('rule = "votes"', 'rule = "built in"', "the rule built in needs backends"),
        (
            '"flask"',
            '"flask"\nwhere = { side = "x" }',
            "pair[1].where: no 'side'; there are workers",
        ),
        ("goodput = 0.1", "goodput = 1.5", "margins must be above 0 and below 1"),
        ('better = "higher"', 'better = "higher"\nrate = 3.0', "closed arrivals have neither rate"),
        ('better = "higher"', 'better = "higher"\nconnections = 0', "connections must be at least"),
        ('id = "N1"', "id = 1", "claim"),
        ("[margins]", "[margin]", "unknown key 'margin'"),
        ("[[pair]]", "[[pair]", "no TOML"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert said in read(tmp_path, RIGHT.replace(before, after, 1))


def test_two_claims_of_one_id(tmp_path: Path) -> None:
    second = RIGHT[RIGHT.index("[[claim]]") :]
    assert "claim.id: two claims have one id" in read(tmp_path, RIGHT + second)


def test_parts_stand_before_what_they_make_up(tmp_path: Path) -> None:
    made_of = '[[claim]]\nid = "X1"\nsays = "all"\nrule = "parts"\nparts = ["{}"]\n'
    head, first = RIGHT[: RIGHT.index("[[claim]]")], RIGHT[RIGHT.index("[[claim]]") :]
    assert "N1 stands after it" in read(tmp_path, head + made_of.format("N1") + first)
    assert "no 'N7'" in read(tmp_path, RIGHT + made_of.format("N7"))


def test_a_variable_is_told_of_every_vote_that_decides(tmp_path: Path) -> None:
    second = RIGHT[RIGHT.index("[[claim.cell]]") :].replace('where = { workers = "one" }', "")
    said = read(tmp_path, RIGHT + second)
    assert "claim[1].variables: workers is told of some votes, and not of all" in said
    path = tmp_path / "claims.toml"
    path.write_text(f"{RIGHT}{second}required = false\n")
    assert len(read_ledger(path, WORKLOADS, BACKENDS).claim[0].cell) == 2


def test_a_threshold_has_one_side(tmp_path: Path) -> None:
    threshold = '[[claim.threshold]]\nworkload = "json"\nfigure = "goodput"\n'
    assert "either at_most or at_least" in read(tmp_path, RIGHT + threshold)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"claims\.toml"):
        read_ledger(tmp_path / "claims.toml", WORKLOADS, BACKENDS)


def test_the_projects_own_states_every_claim() -> None:
    workloads = paths.workloads_dir()
    found = read_ledger(
        workloads / "claims.toml", workload_names(workloads), backend_names(workloads)
    )
    ids = [one.id for one in found.claim]
    assert ids == ["N1", "N2", "N3", "N4", "N5", "P1", "P2", "P3", "X1"]
    pairs = [(one.node, one.python) for one in found.pair]
    assert pairs == [
        ("express", "flask"),
        ("fastify", "fastapi"),
        ("node-http", "aiohttp"),
        ("nestjs", "django"),
    ]
    assert (found.margins["p99"], found.margins["goodput"], found.margins["cpu"]) == (
        0.1,
        0.1,
        0.05,
    )
