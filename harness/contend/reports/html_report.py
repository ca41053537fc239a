"""A run's report: one HTML file that asks the network for nothing and is complete without
JavaScript. Pure; the same stored run gives the same bytes on one machine.

The page's template, style and script lie in page/. Every text that is put into it is escaped by the
template engine, after what nobody sees has been written out (foreign.visible).
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from contend.findings.ahead import judged, ranked
from contend.findings.every_pair import AnyPair
from contend.findings.report import Report, report_of
from contend.findings.table import Table, Tables
from contend.reports import (
    across_grid,
    cells,
    foreign,
    line_plot,
    load_plot,
    measured,
    percentile_plot,
    plot,
    ratio_plot,
    summary,
    time_plot,
    wording,
)
from contend.reports.cells import Cell, Grid
from contend.runs.record import Run

_PAGE = Path(__file__).parent / "page"
# What a drawn SVG opens with: it is a picture of tables that stand beside it, and says so.
_SVG = re.compile(r"<svg ")
_DRAWN = re.compile(r'(?<= d=")[^"]*|(?<=transform=")[^"]*')
_LONG = re.compile(r"-?\d+\.\d{2,}")


@dataclass(frozen=True)
class Section:
    """A table on the page."""

    table: Table
    anchor: str
    title: str
    caption: str
    grid: Grid
    backends: Sequence[str]  # of its rows
    others: Grid | None
    below: Sequence[tuple[str, str]]
    ratios: Markup | None
    percentiles: Markup | None


@dataclass(frozen=True)
class Part:
    """A workload on the page."""

    workload: str
    anchor: str
    title: str
    pictures: Sequence[Markup]
    tables: Sequence[Section]
    curves: Sequence[Markup]
    over_time: Sequence[Markup]


def of_run(run: Run, tables: Tables) -> bytes:
    """`tables`: those of the run."""
    return render(report_of(run, tables))


def render(report: Report) -> bytes:
    tables = report.tables
    parts = _parts(report)
    rows = {row.backend: row for table in tables.tables for row in table.rows if row.n}
    page = _environment().get_template("report.html.j2")
    text = page.render(
        tables=tables,
        parts=parts,
        backends=list(rows),
        languages=list(dict.fromkeys(row.language for row in rows.values())),
        warnings=measured.warnings(tables),
        machine=measured.machine(tables),
        cores=measured.cores(tables),
        tally=summary.tally(tables),
        sureness=summary.sureness(tables),
        how_to_read=summary.how_to_read(tables),
        summary=summary.grid(tables),
        across=_grid(across_grid.heads(tables), across_grid.rows(tables)),
        starts=_grid(across_grid.start_heads(tables), across_grid.start_rows(tables)),
        evidence=[
            (workload, list(of_it))
            for workload, of_it in groupby(report.evidence, key=lambda one: one.workload)
        ],
        reading=_reading(report),
        protocol=measured.capitalised(measured.protocol(tables)),
        software=measured.software(tables),
        pairs=_pairs(report),
        style=Markup((_PAGE / "report.css").read_text("utf-8")),
        script=Markup((_PAGE / "report.js").read_text("utf-8")),
    )
    return text.encode()


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        finalize=_harmless,
    )


def _harmless(value: Any) -> Any:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return foreign.visible(value)


def _parts(report: Report) -> list[Part]:
    found: dict[str, list[int]] = {}
    for at, table in enumerate(report.tables.tables):
        found.setdefault(table.workload, []).append(at)
    return [_part(report, workload, places) for workload, places in found.items()]


def _part(report: Report, workload: str, places: Sequence[int]) -> Part:
    tables = [report.tables.tables[at] for at in places]
    drawn = [table for table in tables if any(row.n for row in table.rows)]
    return Part(
        workload=workload,
        anchor=f"w-{workload}",
        title=tables[0].title,
        pictures=[_svg(plot.svg(report.tables, drawn))] if drawn else [],
        tables=[_section(report, at) for at in places],
        curves=[
            _svg(line_plot.svg(load_plot.chart(one)))
            for one in report.curves
            if one.workload == workload
        ],
        over_time=[
            _svg(line_plot.svg(time_plot.chart(one)))
            for one in report.over_time
            if one.workload == workload
        ],
    )


def _section(report: Report, at: int) -> Section:
    table, curves = report.tables.tables[at], report.percentiles[at]
    ratios = ratio_plot.svg(table)
    return Section(
        table=table,
        anchor=f"t-{at}",
        title=wording.title(table),
        caption=_caption(report, table),
        grid=cells.grid(table),
        backends=[row.backend for row in ranked(table)],
        others=cells.other_comparisons(table),
        below=cells.below(table),
        ratios=None if ratios is None else _svg(ratios),
        percentiles=_svg(line_plot.svg(percentile_plot.chart(table, curves))) if curves else None,
    )


def _caption(report: Report, table: Table) -> str:
    requests = ", ".join(table.requests)
    return f"{requests}{'; ' * bool(requests)}{measured.caption(report.tables, table, str, str)}"


def _grid(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid | None:
    if not titles:
        return None
    return Grid(list(titles), [[Cell(text) for text in row] for row in rows], left=1)


def _reading(report: Report) -> list[str]:
    tables = report.tables
    units = measured.units_of(tables)
    said = [measured.capitalised(measured.interval(units))]
    if tables.reference is not None:
        said.append(measured.comparing(tables, units))
    if (ceiling := measured.ceiling(tables)) is not None:
        said.append(ceiling)
    return said


def _pairs(report: Report) -> Markup:
    """For the script: of each table its servers' names, and each pair by their places."""
    found = []
    for table, pairs in zip(report.tables.tables, report.pairs, strict=True):
        head = judged(table)
        if head is None or not pairs:
            continue
        names = list(dict.fromkeys(name for one in pairs for name in (one.first, one.second)))
        places = {name: at for at, name in enumerate(names)}
        found.append(
            {
                "title": wording.title(table),
                "figure": head.title,
                "names": names,
                "pairs": [
                    [places[one.first], places[one.second], *map(_short, _ratio(one))]
                    for one in pairs
                ],
            }
        )
    text = json.dumps(found, ensure_ascii=True, separators=(",", ":"))
    # In a script's element only </ and <!-- mean anything, and < stands in JSON's strings alone.
    return Markup(text.replace("<", "\\u003c"))


def _ratio(one: AnyPair) -> tuple[float | None, ...]:
    return one.ratio, one.low, one.high


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _svg(drawn: bytes) -> Markup:
    text = _SVG.sub('<svg aria-hidden="true" focusable="false" ', drawn.decode(), count=1)
    # A tenth of a pixel is as much as anybody sees.
    text = _DRAWN.sub(lambda path: _LONG.sub(lambda one: f"{float(one[0]):.1f}", path[0]), text)
    return Markup(text)
