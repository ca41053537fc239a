"""Writes a run's reports: every format, and the README's table. Nothing here prints.

A run's reports replace those of the suite's earlier runs; all can be rebuilt, byte for byte, from
the stored run.
"""

from pathlib import Path

from rich.text import Text

from contend import reports
from contend.claims.answer import with_ratios
from contend.claims.document import Verdicts
from contend.errors import StoreError
from contend.files import atomic_file
from contend.findings.table import Tables
from contend.findings.tables import build_tables
from contend.inventory.document import AllFigures
from contend.reports import (
    answer_markdown,
    backends_csv,
    backends_markdown,
    comparison_markdown,
    readme,
    terminal,
)
from contend.runs.record import Run

# The suite whose table stands in the README.
README_SUITE = "quick"


def write_reports(run: Run, results: Path, checkout: Path | None = None) -> list[Path]:
    """Every format, and the README's table where it shows this run; the files written.

    `checkout` is given when the results are its own. A README shows finished runs of one suite
    that decided something; others leave it as it is. A run without any figure replaces nothing.
    Raises StoreError.
    """
    tables = build_tables(run)
    if Path(tables.suite).name != tables.suite:
        raise StoreError(run.id, f"its suite's name is no file name: {tables.suite}", "another run")
    if not any(row.n for table in tables.tables for row in table.rows):
        return []
    rendered: dict[Path, bytes] = {}
    for one in reports.FORMATS:
        rendered |= one.render(results, run, tables)
    if checkout is not None and _is_for_readme(tables):
        path = checkout / "README.md"
        rendered[path] = _readme(path, tables, results)
    for path, data in rendered.items():
        atomic_file.write(path, data)
    return list(rendered)


def _is_for_readme(tables: Tables) -> bool:
    decides = any(table.decided for table in tables.tables)
    return tables.suite == README_SUITE and tables.complete and decides


def write_backends(figures: AllFigures, results: Path) -> list[Path]:
    """The servers' code and packages in every format; the files written. Raises StoreError."""
    rendered = {
        results / "tables" / "backends.md": backends_markdown.render(figures),
        results / "tables" / "backends.csv": backends_csv.render(figures),
    }
    for path, data in rendered.items():
        atomic_file.write(path, data)
    return list(rendered)


def write_comparison(verdicts: Verdicts, results: Path, checkout: Path | None = None) -> list[Path]:
    """The claims with their verdicts, and the README's answer where `checkout` is given; the files
    written. Raises StoreError."""
    page, plots = results / "comparison.md", results / "plots"
    rendered = {page: comparison_markdown.render(verdicts)}
    picture = plots / "comparison.svg" if with_ratios(verdicts) else None
    if picture is not None:
        from contend.reports import forest_plot  # takes a second to import

        rendered[picture] = forest_plot.svg(verdicts)
        rendered[picture.with_suffix(".png")] = forest_plot.png(verdicts)
    if checkout is not None:
        link = str(page.relative_to(checkout))
        plot = None if picture is None else str(picture.relative_to(checkout))
        path = checkout / "README.md"
        block = answer_markdown.render(verdicts, link, plot)
        rendered[path] = readme.replace(_read(path), readme.ANSWER, block, str(path)).encode()
    for path, data in rendered.items():
        atomic_file.write(path, data)
    return list(rendered)


def terminal_table(tables: Tables) -> list[Text]:
    """The tables as lines for a terminal or a pipe; print them with soft_wrap."""
    return terminal.render(tables)


def backends_table(figures: AllFigures) -> list[Text]:
    rows = [backends_markdown.HEADS, *map(backends_markdown.overview, figures.backends)]
    return terminal.aligned([[Text(cell) for cell in row] for row in rows], left=2)


def _readme(path: Path, tables: Tables, results: Path) -> bytes:
    text = _read(path)
    base = results.relative_to(path.parent)
    block = readme.render(tables, str(base / "tables" / f"{tables.suite}.md"), str(base / "plots"))
    return readme.replace(text, readme.TABLE, block, str(path)).encode()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        why = f"can't be read: {error.strerror or error}"
        raise StoreError(str(path), why, "another checkout, or --results") from None
