"""Output formats: each a function of stored runs. No report measures or starts anything.

A run's reports replace those of the suite's earlier runs; all can be rebuilt, byte for byte, from
the stored run. Nothing here prints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from contend.errors import StoreError
from contend.record import Run
from contend.reports import atomic_file, csv, markdown, plot, readme, terminal
from contend.reports.build import build_tables
from contend.reports.table import Tables

# The suite whose table stands in the README.
README_SUITE = "quick"


@dataclass(frozen=True)
class Format:
    """One file that a run gives, below the results."""

    folder: str
    suffix: str
    render: Callable[[Tables], bytes]

    def path(self, results: Path, suite: str) -> Path:
        return results / self.folder / f"{suite}.{self.suffix}"


FORMATS = (
    Format("tables", "md", lambda tables: markdown.render(tables, f"../plots/{tables.suite}.svg")),
    Format("tables", "csv", csv.render),
    Format("plots", "svg", plot.svg),
    Format("plots", "png", plot.png),
    Format("plots", "html", plot.html),
)


def write_reports(run: Run, results: Path, checkout: Path | None = None) -> list[Path]:
    """Every format, and the README's table where it shows this run; the files written.

    `checkout` is given when the results are its own. A README shows finished runs of one suite;
    others leave it as it is. Raises StoreError.
    """
    tables = build_tables(run)
    if Path(tables.suite).name != tables.suite:
        raise StoreError(run.id, f"its suite's name is no file name: {tables.suite}", "another run")
    rendered = {one.path(results, tables.suite): one.render(tables) for one in FORMATS}
    if checkout is not None and tables.suite == README_SUITE and tables.complete:
        path = checkout / "README.md"
        rendered[path] = _readme(path, tables, results)
    for path, data in rendered.items():
        atomic_file.write(path, data)
    return list(rendered)


def terminal_table(run: Run) -> list[Text]:
    """The tables as lines for a terminal or a pipe; print them with soft_wrap."""
    return terminal.render(build_tables(run))


def _readme(path: Path, tables: Tables, results: Path) -> bytes:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = f"can't be read: {error.strerror or error}"
        raise StoreError(str(path), why, "another checkout, or --results") from None
    base = results.relative_to(path.parent)
    block = readme.render(
        tables,
        str(base / "tables" / f"{tables.suite}.md"),
        str(base / "plots" / f"{tables.suite}.svg"),
    )
    return readme.replace(text, block, str(path)).encode()
