"""Servers' code and packages as CSV, one figure a line: results/tables/backends.csv. Pure.

Without a workload a figure is the whole server's, without a backend its language's.
"""

import csv
import io
from collections.abc import Iterator

from contend.inventory.document import AllFigures, BackendFigures, LanguageFigures, WorkloadFigures
from contend.reports.csv import plain

COLUMNS = ("backend", "language", "style", "workload", "figure", "unit", "value", "note")
WHOLE = "the whole server's: nothing can be told apart"

Line = dict[str, str]


def render(figures: AllFigures) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for backend in figures.backends:
        place = {"backend": backend.backend, "language": backend.language, "style": backend.style}
        for line in _backend(backend):
            writer.writerow(place | line)
        for workload in backend.workloads:
            for line in _workload(workload):
                writer.writerow(place | {"workload": workload.workload} | line)
    for language in figures.languages:
        writer.writerow({"language": language.language} | _language(language))
    return text.getvalue().encode()


def _backend(one: BackendFigures) -> Iterator[Line]:
    yield _line("code_lines", "lines", one.code.lines)
    yield _line("code_gzip", "B", one.code.gzip_bytes)
    yield _packages("packages_direct", one.direct)
    yield _packages("packages_transitive", one.transitive)
    yield _packages("packages_native", one.native)
    yield _line("install_size", "B", one.installed_bytes)
    without = one.without_package
    yield _line("workloads_with_no_package", "workloads", len(without), ", ".join(without))


def _workload(one: WorkloadFigures) -> Iterator[Line]:
    if one.code is None:
        yield {"note": one.why_not or ""}
        return
    whole = WHOLE if one.is_whole else ""
    yield _line("code_lines", "lines", one.code.lines, whole)
    yield _line("code_gzip", "B", one.code.gzip_bytes, whole)
    yield _packages("packages_direct", one.packages)
    if one.rules_twice is not None:
        yield _line("rules_twice", "rules", one.rules_twice)


def _language(one: LanguageFigures) -> Line:
    return {
        "figure": "share_with_no_package",
        "unit": "share",
        "value": plain(one.share),
        "note": ", ".join(one.without_package),
    }


def _packages(figure: str, packages: tuple[str, ...]) -> Line:
    return _line(figure, "packages", len(packages), ", ".join(packages))


def _line(figure: str, unit: str, value: int, note: str = "") -> Line:
    return {"figure": figure, "unit": unit, "value": str(value), "note": note}
