"""The report in a real browser: it draws, filters, sorts and compares, complains of nothing and
asks for nothing; without a script it is complete; axe-core finds nothing serious."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from browsers import launched
from contend.findings.tables import build_tables
from contend.reports import html_report
from stored_runs import quick_figures, stored_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RUN = stored_run(quick_figures)
# axe-core's words for what keeps people out.
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    yield from launched()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "quick.html"
    path.write_bytes(html_report.of_run(RUN, build_tables(RUN)))
    return path.as_uri()


@pytest.fixture
def page(browser: "Browser", address: str) -> "Iterator[Page]":
    """Open, in its own window; it must neither complain nor ask for anything."""
    said: list[str] = []
    page = browser.new_page()
    page.set_default_timeout(5_000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(address)
    yield page
    page.close()
    assert said == [address]


def shown(page: "Page", workload: str) -> list[str]:
    """Servers of the workload's first table, as they stand."""
    rows = page.locator(f"section[data-workload={workload}] table.figures").first.locator(
        "tbody tr"
    )
    return [one.get_attribute("data-backend") or "" for one in rows.all() if one.is_visible()]


def test_plots_are_drawn(page: "Page") -> None:
    figures = page.locator("figure svg")
    assert figures.count() >= 6
    for one in figures.all():
        box = one.bounding_box()
        assert box is not None and box["width"] > 100 and box["height"] > 50


def test_filters_filter(page: "Page") -> None:
    every = shown(page, "plaintext")
    page.select_option("#by-language", "Python")
    python = shown(page, "plaintext")
    assert python and set(python) < set(every)
    page.select_option("#by-language", "")
    page.select_option("#by-backend", "node-http")
    assert shown(page, "plaintext") == ["node-http"]
    page.select_option("#by-backend", "")
    page.select_option("#by-workload", "cpu-mix")
    assert not page.locator("section[data-workload=plaintext]").is_visible()
    assert page.locator("section[data-workload=cpu-mix]").is_visible()


def test_a_column_sorts_by_its_numbers(page: "Page") -> None:
    table = page.locator("section[data-workload=plaintext] table.figures").first
    head = table.locator("thead button").filter(has_text=re.compile("^goodput, /s$"))
    head.click()
    rising = shown(page, "plaintext")
    head.click()
    falling = shown(page, "plaintext")
    assert rising == falling[::-1]
    assert table.locator("th[aria-sort=descending]").count() == 1


def test_any_pair_is_compared_both_ways(page: "Page") -> None:
    page.select_option("#one", "node-http")
    page.select_option("#other", "python-threads")
    first = page.locator("#pair tbody tr").first.locator("td").nth(2).text_content() or ""
    page.select_option("#one", "python-threads")
    page.select_option("#other", "node-http")
    second = page.locator("#pair tbody tr").first.locator("td").nth(2).text_content() or ""
    product = float(first.rstrip("×")) * float(second.rstrip("×"))  # noqa: RUF001
    assert product == pytest.approx(1, rel=0.02)
    page.select_option("#other", "python-threads")
    assert page.locator("#pair").text_content() == ""


def test_a_mark_says_what_it_shows(page: "Page") -> None:
    page.locator("figure svg [aria-roledescription=bar][aria-label*=node-http]").first.hover()
    hover = page.locator("#hover")
    assert hover.is_visible() and "node-http" in (hover.text_content() or "")


def test_a_figure_leads_to_its_blocks_and_opens_them(page: "Page") -> None:
    page.locator("table.figures a").first.click()
    opened = page.locator("#evidence details[open]")
    assert opened.count() == 1 and opened.locator("tbody tr").first.is_visible()


def test_it_is_no_wider_than_a_phone(browser: "Browser", address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_without_a_script_it_is_complete(browser: "Browser", address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert not page.locator("#controls").is_visible()
    assert page.locator("table.figures").count() == len(build_tables(RUN).tables)
    assert page.locator("figure svg").first.is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_out(
    browser: "Browser", address: str, scheme: Literal["light", "dark"]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-core")
    page = browser.new_page(color_scheme=scheme)
    page.goto(address)
    # By the browser's debugger, which the page's own policy doesn't bind.
    found = axe.Axe().run(page).response["violations"]
    page.close()
    assert [
        (one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in SERIOUS
    ] == []
