"""The README's answer: who is ahead for which need, from the votes alone."""

from pathlib import Path

import pytest
from contend.claims.answer import NEITHER, NODE, OPEN, PYTHON, SPLIT, Need, needs_of
from contend.claims.document import Verdicts
from contend.cli.comparison import compare_claims
from contend.errors import StoreError
from contend.reports import answer_markdown, comparison_markdown, forest_plot
from contend.reports.readme import ANSWER, markers
from contend.suites.cells import Cell
from made_claims import JSON, MIX, claim, fast_node, first, judged, ledger, run_of, suite
from msgspec.structs import replace
from stored_runs import Fake, store, stored_run

LATER = "20260202T030405Z-full-0a1b2c"
NAMED = replace(JSON, says="answers in JSON")


def need_of(verdicts: Verdicts) -> Need:
    (found,) = needs_of(verdicts)
    return found


def answer(verdicts: Verdicts) -> str:
    return answer_markdown.render(verdicts, "results/comparison.md", "results/plots/comparison.svg")


@pytest.mark.parametrize(
    ("factor", "ahead", "lead"),
    [
        (2.0, NODE, "**Node.js is ahead in**: answers in JSON (2.0"),
        (0.5, PYTHON, "**Python is ahead in**: answers in JSON (2.0"),
        (1.0, NEITHER, "**Neither, within the margin, in**: answers in JSON."),
    ],
)
def test_flipped_data_flip_the_answer(factor: float, ahead: str, lead: str) -> None:
    verdicts = judged(run_of(factor), of=ledger(claim(NAMED)))
    assert need_of(verdicts).ahead == ahead
    assert lead in answer(verdicts)


def test_less_is_better_where_the_claim_says_so() -> None:
    lower = replace(NAMED, figure="server_cpu_per_request", better="lower", margin="cpu")
    found = need_of(judged(run_of(2.0), of=ledger(claim(lower))))
    assert found.ahead == NODE
    assert found.least is not None and found.least > 1


def test_pairs_that_contradict_each_other_are_no_answer() -> None:
    def figures(cell: Cell) -> Fake:
        return fast_node(0.5 if cell.backend == "express" else 2.0)(cell)

    verdicts = judged(stored_run(figures, suite(), run_id=LATER), of=ledger(claim(NAMED)))
    assert need_of(verdicts).ahead == SPLIT
    assert "**It depends on the frameworks in**: answers in JSON." in answer(verdicts)


def test_what_is_not_measured_is_not_known() -> None:
    verdicts = judged(run_of(suite=suite(starts=3)), of=ledger(claim(NAMED)))
    assert need_of(verdicts).ahead == OPEN
    assert "**Not known yet**: answers in JSON." in answer(verdicts)


def test_what_stands_beside_is_no_need() -> None:
    beside = replace(MIX, required=False)
    verdicts = judged(run_of(suite=suite("json", "plaintext")), of=ledger(claim(NAMED, beside)))
    assert [one.says for one in needs_of(verdicts)] == ["answers in JSON"]


def test_every_claim_has_a_row_that_leads_to_its_section() -> None:
    verdicts = judged(run_of(2.0), of=ledger(claim(NAMED)))
    anchor = comparison_markdown.anchor(first(verdicts))
    assert f"](results/comparison.md#{anchor})" in answer(verdicts)
    assert "![" in comparison_markdown.render(verdicts).decode()


def test_the_picture_has_a_point_for_each_vote_and_the_same_bytes_twice() -> None:
    verdicts = judged(run_of(2.0), of=ledger(claim(NAMED)))
    drawn = forest_plot.svg(verdicts)
    assert drawn == forest_plot.svg(verdicts)
    for pair in ("express – flask", "nestjs – django"):  # noqa: RUF001
        assert drawn.decode().count(pair) >= 1
    assert "Node.js is ahead" in drawn.decode()


def test_foreign_words_are_harmless() -> None:
    verdicts = judged(run_of(2.0), of=ledger(claim(replace(JSON, says="<script>|**x**"))))
    assert "<script>" not in answer(verdicts)
    assert b"<script>" not in forest_plot.svg(verdicts)


def test_a_checkouts_readme_gets_the_answer_and_nothing_else_changes(tmp_path: Path) -> None:
    begin, end = markers(ANSWER)
    path = tmp_path / "README.md"
    path.write_text(f"# Title\n\n{begin}\nwhat was\n{end}\n\nafter\n")
    results = tmp_path / "results"
    store(run_of(), results)
    written = compare_claims(results, tmp_path)
    text = path.read_text()
    assert path in written
    assert text.startswith(f"# Title\n\n{begin}\n") and text.endswith(f"{end}\n\nafter\n")
    assert "](results/comparison.md" in text and "what was" not in text
    compare_claims(results, tmp_path)
    assert path.read_text() == text


def test_a_readme_without_the_markers_is_an_error_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Title\n")
    store(run_of(), tmp_path / "results")
    with pytest.raises(StoreError, match="contend:answer:begin"):
        compare_claims(tmp_path / "results", tmp_path)
    assert not (tmp_path / "results" / "comparison.md").exists()
