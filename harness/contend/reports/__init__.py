"""Output formats: each a function of stored runs. No report measures or starts anything.

A format's function is named, and imported when it is called for: plots and statistics take a second
and 80 MiB to import, which a load generator or a reference server must not carry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contend.reports import pictures

if TYPE_CHECKING:
    from contend.findings.table import Tables
    from contend.runs.record import Run


@dataclass(frozen=True)
class Format:
    """A file that a run gives, below the results; or several, one a part of the run."""

    folder: str
    suffix: str
    renderer: str  # module:function of Tables, which gives bytes, or bytes by part
    is_of_run: bool = False  # of the run too

    def render(self, results: Path, run: "Run", tables: "Tables") -> dict[Path, bytes]:
        renderer: Callable[..., bytes | dict[str, bytes]] = _function(self.renderer)
        rendered = renderer(run, tables) if self.is_of_run else renderer(tables)
        parts = {pictures.WHOLE: rendered} if isinstance(rendered, bytes) else rendered
        return {
            results / self.folder / f"{pictures.name(tables.suite, part)}.{self.suffix}": data
            for part, data in parts.items()
        }


FORMATS = (
    Format("tables", "md", "contend.reports.markdown:render_beside_plots"),
    Format("tables", "csv", "contend.reports.csv:render"),
    Format("plots", "svg", "contend.reports.plot:svgs"),
    Format("plots", "png", "contend.reports.plot:pngs"),
    Format("reports", "html", "contend.reports.html_report:of_run", is_of_run=True),
)

# Files of other tools, by the name that `contend tables --as` takes: each a function of a run.
EXPORTS = {
    "google-benchmark": "contend.reports.google_benchmark:render",
    "github-action-benchmark": "contend.reports.github_benchmark:render",
    "bencher": "contend.reports.bencher:render",
    "benchstat": "contend.reports.benchstat:render",
}


def export(name: str, run: "Run") -> bytes:
    """REQUIRES: name is one of EXPORTS."""
    renderer: Callable[[Run], bytes] = _function(EXPORTS[name])
    return renderer(run)


def _function(named: str) -> Callable[..., Any]:
    module, _, function = named.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
