"""A run's report: complete without JavaScript, harmless, of a size that can be sent."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from contend.cli import run as contend
from contend.findings.tables import build_tables
from contend.reports import cells, foreign, html_report
from contend.runs.record import Run
from msgspec.structs import replace
from stored_runs import quick_figures, store, stored_run

RUN = stored_run(quick_figures)
NASTY = '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>|`**\x1b[2J'


def page_of(run: Run) -> str:
    return html_report.of_run(run, build_tables(run)).decode()


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(RUN)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(text)
    return parser.seen


def test_the_same_run_gives_the_same_bytes(page: str) -> None:
    assert page_of(RUN) == page


def test_every_figure_of_every_table_is_in_it(page: str) -> None:
    text = re.sub(r"\s+", " ", page)
    for table in build_tables(RUN).tables:
        for row in cells.grid(table).rows:
            for cell in row:
                assert foreign.in_html(cell.text).replace("&#x27;", "&#39;") in text


def test_it_asks_the_network_for_nothing(page: str) -> None:
    for tag, attributes in tags(page):
        assert tag not in ("link", "img", "iframe", "object", "embed")
        assert "src" not in attributes
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "default-src 'none'" in page
    assert "@import" not in page and "url(http" not in page


def test_every_link_leads_to_something_on_the_page(page: str) -> None:
    ids = {attributes["id"] for _, attributes in tags(page) if "id" in attributes}
    linked = {
        attributes["href"] for tag, attributes in tags(page) if tag == "a" and "href" in attributes
    }
    assert linked and all(one is not None and one[1:] in ids for one in linked)


def test_every_row_leads_to_its_blocks(page: str) -> None:
    assert 'href="#e-plaintext-node-http"' in page
    assert 'id="e-plaintext-node-http"' in page


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) <= 500_000


def test_foreign_text_stays_text() -> None:
    header = RUN.header
    backends = {
        name: replace(one, title=NASTY, language=NASTY) for name, one in header.backends.items()
    }
    workloads = {
        name: replace(one, title=NASTY, requests=(NASTY,)) for name, one in header.workloads.items()
    }
    trials = tuple(
        replace(one, served_by=one.served_by and replace(one.served_by, log=NASTY))
        for one in RUN.trials
    )
    suite = replace(header.suite, title=NASTY)
    told = replace(header, backends=backends, workloads=workloads, suite=suite)
    nasty = page_of(replace(RUN, header=told, trials=trials))
    assert [tag for tag, _ in tags(nasty)].count("script") == 2
    assert not any("onerror" in attributes for _, attributes in tags(nasty))
    assert "alert(1)" in nasty and "\x1b" not in nasty


def test_pairs_are_what_the_script_reads(page: str) -> None:
    (text,) = re.findall(
        r'<script type="application/json" id="pairs">(.*?)</script>', page, re.DOTALL
    )
    pairs = json.loads(text)
    assert {one["figure"] for one in pairs} >= {"goodput"}
    for table in pairs:
        for first, second, ratio, low, high in table["pairs"]:
            assert first != second and max(first, second) < len(table["names"])
            assert low <= ratio <= high


def test_an_incomplete_run_says_so_on_top() -> None:
    cut = stored_run(quick_figures, complete=False, trials=9)
    said = page_of(cut)
    assert '<div class="banner"' in said and "Incomplete run" in said


def test_a_run_without_figures_has_a_report_too() -> None:
    assert "<h1>" in page_of(stored_run(quick_figures, complete=False, trials=0))


def test_the_command_writes_it_where_it_is_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(RUN, tmp_path)
    command = ["report", "--results", str(tmp_path)]
    assert contend(command) == 0
    written = tmp_path / "reports" / "quick.html"
    assert str(written) in capsys.readouterr().out
    assert contend([*command, "--output", str(tmp_path / "own.html")]) == 0
    assert (tmp_path / "own.html").read_bytes() == written.read_bytes()


def test_what_is_wrong_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert contend(["report", "--results", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("contend: ")
    store(stored_run(quick_figures, complete=False, trials=9), tmp_path)
    assert contend(["report", "--results", str(tmp_path)]) == 3
