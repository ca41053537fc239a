"""Tables as CSV, one figure a line: results/tables/<suite>.csv. Pure.

Long rather than wide, so that one filter picks a figure and no column holds two kinds of loop. An
empty field was not measured.
"""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from contend.findings.table import Row, Table, Tables

COLUMNS = (
    *("run", "complete", "suite", "seed", "workload", "load", "loop", "connections"),
    *("asked_per_s", "level", "backend", "style", "trials", "left_out"),
    *("figure", "unit", "value", "low", "high", "confidence", "lower_bound", "n", "overloaded"),
    *("reference", "ratio", "ratio_low", "ratio_high", "ratio_confidence", "p_adjusted"),
    *("verdict", "note"),
    *("language", "unit_of_n", "failed"),
)


def render(tables: Tables) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for table in tables.tables:
        for row in table.rows:
            writer.writerows(_lines(tables, table, row))
    return text.getvalue().encode()


def plain(value: float | None) -> str:
    """Six significant digits without an exponent: the last ones differ between machines."""
    if value is None:
        return ""
    text = format(Decimal(f"{value:.6g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _lines(tables: Tables, table: Table, row: Row) -> Iterator[dict[str, str]]:
    place = _place(tables, table, row)
    if row.why_empty is not None:
        yield place | {"note": "; ".join((row.why_empty, *row.notes))}
        return
    for head in table.heads:
        found = row.figures.get(head.name)
        if found is None:
            continue
        line = place | {
            "figure": head.name,
            "unit": head.unit,
            "value": plain(found.value),
            "low": plain(found.low),
            "high": plain(found.high),
            "confidence": plain(found.confidence) if found.low is not None else "",
            "lower_bound": _flag(found.is_lower_bound),
            "n": str(found.n),
        }
        yield line | _comparison(table, row, head.name)
    if row.errors is not None:
        causes = ", ".join(f"{count} {cause}" for cause, count in row.errors.causes.items())
        share = {"figure": "errors", "unit": "share", "value": plain(row.errors.share)}
        yield place | share | {"n": str(row.n), "note": causes}
    for name, lengths in row.body_bytes.items():
        size = {"figure": f"body_bytes_of_{name}", "unit": "B"}
        yield place | size | {"value": "/".join(map(str, lengths)), "n": str(row.n)}
    if row.capacity is not None:
        yield place | {
            "figure": "capacity",
            "unit": "/s",
            "value": plain(row.capacity.value),
            "low": plain(row.capacity.low),
            "high": plain(row.capacity.high),
            "confidence": plain(row.capacity.confidence),
            "n": str(row.capacity.n),
        }


def _place(tables: Tables, table: Table, row: Row) -> dict[str, str]:
    return {
        "run": tables.run,
        "complete": _flag(tables.complete),
        "suite": tables.suite,
        "seed": str(tables.seed),
        "workload": table.workload,
        "load": table.load,
        "loop": "open" if table.is_open else "closed",
        "connections": str(table.connections),
        "asked_per_s": plain(row.asked_per_s),
        "level": plain(table.level),
        "backend": row.backend,
        "style": row.style,
        "trials": str(row.n),
        "left_out": str(row.left_out),
        "overloaded": _flag(row.overloaded) if table.is_open and row.n else "",
        "note": "; ".join(row.notes),
        "language": row.language,
        "unit_of_n": table.unit,
        "failed": str(row.failed),
    }


def _comparison(table: Table, row: Row, name: str) -> dict[str, str]:
    found = row.comparisons.get(name)
    if found is None:
        return {}
    return {
        "reference": table.reference or "",
        "ratio": plain(found.ratio),
        "ratio_low": plain(found.low),
        "ratio_high": plain(found.high),
        "ratio_confidence": plain(found.confidence),
        "p_adjusted": plain(found.p_adjusted),
        "verdict": found.verdict,
    }


def _flag(value: bool) -> str:
    return "yes" if value else "no"
