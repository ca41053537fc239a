"""The answer to a query as lines, as CSV and as JSON. Pure."""

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

from rich.text import Text

from contend.reports import foreign
from contend.reports.terminal import aligned

if TYPE_CHECKING:
    from contend.runs.query import Answer


def render(found: "Answer") -> list[Text]:
    rows = [
        [*map(foreign.on_terminal, found.columns)],
        *([_shown(cell) for cell in row] for row in found.rows),
    ]
    return aligned([[Text(cell) for cell in row] for row in rows], left=1)


def as_csv(found: "Answer") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(found.columns)
    writer.writerows(found.rows)
    return text.getvalue().encode()


def as_json(found: "Answer") -> bytes:
    rows = [dict(zip(found.columns, map(_finite, row), strict=True)) for row in found.rows]
    return (json.dumps(rows, indent=1, default=str, allow_nan=False) + "\n").encode()


def _finite(cell: Any) -> Any:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else foreign.on_terminal(str(cell))
