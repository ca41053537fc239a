"""results/comparison.md: the verdicts as they are, harmless, and the same bytes twice."""

import re
from pathlib import Path

import pytest
from contend import reports
from contend.claims.document import (
    BETTER,
    SUPPORTED,
    ClaimVerdict,
    Reached,
    Verdicts,
    Vote,
)
from contend.claims.judge import judge_all
from contend.claims.servers import Servers
from contend.cli import run
from contend.cli.comparison import compare_claims, servers_of
from contend.errors import StoreError, SuiteError
from contend.files import paths
from contend.findings.archive import LeftOut, archive_of
from contend.inventory.document import (
    SCHEMA,
    AllFigures,
    BackendFigures,
    CodeSize,
    WorkloadFigures,
)
from contend.reports.comparison_markdown import ratio, render
from contend.reports.readme import ANSWER, markers
from made_claims import JSON, MIX, claim, judged, ledger, run_of, suite
from msgspec.structs import replace
from stored_runs import store

EVIL = "a|b\n# <script>alert(1)</script> **x** [y](z) `c` \u202e"


def text_of(verdicts: Verdicts) -> str:
    return render(verdicts).decode()


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_same_runs_give_the_same_bytes() -> None:
    runs = run_of(), run_of(0.5, run_id="20260202T030405Z-full-0a1b2c")
    assert render(judged(*runs)) == render(judged(*reversed(runs)))


def test_every_number_of_a_sentence_stands_in_the_cell_that_it_cites() -> None:
    made = run_of(1.7, suite=suite("json", "plaintext"))
    text = text_of(judged(made, of=ledger(claim(JSON, MIX))))
    (effect,) = re.findall(r"^- \*\*Effect\*\*: (.*)$", text, re.MULTILINE)
    cited = re.findall(r"(×\S+ \(\S+\)) in (\S+) on (\S+) at (\S+), (\S+ – \S+):", effect)  # noqa: RUF001
    assert len(cited) == 2
    for shown, figure, workload, load, pair in cited:
        (row,) = (one for one in rows(text) if one[:4] == [workload, load, figure, pair])
        assert shown in row[5]
    (summary,) = (one for one in rows(text) if one[0].startswith("[N1]"))
    assert summary[4] == " to ".join(f"{one[0]} {one[1]}" for one in cited)


def test_what_stands_behind_a_vote_is_beside_it() -> None:
    found = judged(run_of())
    (row,) = (one for one in rows(text_of(found)) if one[3] == ledger().pair[0].title)
    assert row[:3] == ["json", "closed-c64", "goodput"]
    assert row[4] == "**better**" and row[6] == "6 blocks"
    assert row[8] == "20260102T030405Z-full-0a1b2c"


def test_an_incomplete_run_is_marked_at_the_top_and_in_its_rows() -> None:
    text = text_of(judged(run_of(complete=False)))
    assert "> **20260102T030405Z-full-0a1b2c is incomplete" in text
    assert text.count("(incomplete)") == 4
    assert "(incomplete)" not in text_of(judged(run_of()))


def test_no_run_at_all_is_said() -> None:
    assert "> **No run is stored" in text_of(judged())


def test_hostile_names_are_letters() -> None:
    vote = Vote(
        who=EVIL,
        workload=EVIL,
        load=EVIL,
        figure=EVIL,
        sign=BETTER,
        why=EVIL,
        ratio=2.0,
        low=1.9,
        high=2.1,
        margin=0.1,
        n=6,
        unit="blocks",
        run=EVIL,
        said=EVIL,
        beside=EVIL,
    )
    counted = replace(vote, workload="", load="", unit="sources", low=None, high=None)
    reached = Reached(EVIL, EVIL, EVIL, EVIL, EVIL, 1.0, 1.5, why=EVIL, run=EVIL)
    verdict = ClaimVerdict(
        id=EVIL,
        says=EVIL,
        rule="votes",
        verdict=SUPPORTED,
        why=EVIL,
        condition=EVIL,
        weakest=vote,
        strongest=replace(vote, ratio=3.0),
        votes=(vote,),
        suits="suits",
        suits_why=EVIL,
        reached=(reached,),
        changes=(EVIL,),
        variables=(EVIL,),
        parts=((EVIL, SUPPORTED),),
    )
    of_counts = replace(verdict, id="N2", votes=(counted,))
    found = Verdicts("x", EVIL, (EVIL,), (EVIL,), (LeftOut(EVIL, EVIL),), (verdict, of_counts))
    text = text_of(found)
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "\u202e" not in text and "\n# a" not in text and "\n# \\<" not in text
    assert not re.search(r"(?<!\\)\[y", text) and not re.search(r"(?<!\\)\*\*x", text)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    tables = [len(re.split(r"(?<!\\)\|", line)) for line in lines]
    assert set(tables) == {7, 8, 12}  # of five, six and ten columns


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (1.1004, 1.2, "×1.15 (1.1004–1.20)"),  # noqa: RUF001
        (None, 1.2, "×1.15 (≤ 1.20)"),  # noqa: RUF001
        (1.1, None, "×1.15 (≥ 1.10)"),  # noqa: RUF001
        (None, None, "×1.15"),  # noqa: RUF001
    ],
)
def test_an_end_is_not_printed_across_an_edge(
    low: float | None, high: float | None, shown: str
) -> None:
    vote = Vote("a", "b", "c", "d", ratio=1.15, low=low, high=high, margin=0.1)
    assert ratio(vote) == shown


def test_commands_write_it_beside_the_other_results(tmp_path: Path) -> None:
    store(run_of(), tmp_path)
    written = compare_claims(tmp_path, None)
    assert written == [tmp_path / "comparison.md"]
    text = written[0].read_text()
    for name in ("N1", "N2", "N3", "N4", "N5", "P1", "P2", "P3", "X1"):
        assert f"\n## {name}: " in text
    assert "beside a checkout's own results alone" in text
    compare_claims(tmp_path, None)
    assert written[0].read_text() == text


def test_tables_writes_it_unless_it_only_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reports, "FORMATS", ())
    store(run_of(), tmp_path)
    command = ["tables", "--results", str(tmp_path)]
    assert run([*command, "--reference", "express"]) == 0
    assert not (tmp_path / "comparison.md").exists()
    assert run(command) == 0
    assert "comparison.md" in capsys.readouterr().out
    assert (tmp_path / "comparison.md").read_text().startswith("# Node.js and Python")


def test_a_run_that_was_changed_is_left_out_and_said(tmp_path: Path) -> None:
    store(run_of(), tmp_path)
    broken = tmp_path / "runs" / "20260303T030405Z-quick-000000.jsonl"
    broken.write_text("no run\n")
    compare_claims(tmp_path, None)
    text = (tmp_path / "comparison.md").read_text()
    assert "- **Left out**: 20260303T030405Z-quick-000000: can't be read:" in text


def test_an_inventory_that_can_not_be_read_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> AllFigures:
        raise SuiteError("x.lock", "what is installed is not what is locked", "scripts/setup")

    monkeypatch.setattr("contend.inventory.read.read_figures", refuse)
    monkeypatch.setattr(paths, "servers_packages", lambda: tmp_path)
    store(run_of(), tmp_path)
    (tmp_path / "README.md").write_text("\n".join(markers(ANSWER)))
    compare_claims(tmp_path, tmp_path)
    text = (tmp_path / "comparison.md").read_text()
    assert "code and packages can't be read: what is installed is not what is locked" in text


def test_a_store_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "comparison.md").mkdir()
    with pytest.raises(StoreError):
        compare_claims(tmp_path, None)


def test_servers_of_which_no_line_was_read_are_left_out() -> None:
    def figures(name: str, lines: int) -> BackendFigures:
        code = CodeSize(lines, 20 + lines)
        done = WorkloadFigures("json", code=code, packages=("one 1.0",), rules_twice=2)
        unable = WorkloadFigures("chat", why_not="needs package: ws")
        of_it = ("one 1.0",), ("two 1.0",), ()
        return BackendFigures(
            name, name, "JavaScript", "idiomatic", code, *of_it, 2**20, (done, unable)
        )

    every = AllFigures(SCHEMA, ("json", "chat"), (figures("a", 10), figures("b", 0)), ())
    found = servers_of(every)
    assert list(found.by_name) == ["a"] and found.workloads == ("json", "chat")
    one = found.by_name["a"]
    assert (one.packages, one.installed_bytes) == (2, 2**20)
    assert list(one.done) == ["json"] and one.done["json"].rules_twice == 2


def test_left_out_runs_are_named() -> None:
    left_out = LeftOut("20260101T000000Z-x-000000", "another machine: A|B")
    verdicts = judge_all(ledger(), archive_of([run_of()], [left_out]), {}, Servers())
    text = text_of(verdicts)
    assert "- **Left out**: 20260101T000000Z-x-000000: another machine: A\\|B" in text
