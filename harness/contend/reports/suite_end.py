"""What a suite ends with: what its exit code says, why, and where everything lies. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from contend.findings.table import Tables
from contend.reports import wording


def last_lines(tables: Tables, stored: Path, written: Sequence[Path]) -> Iterator[Text]:
    """`written`: files that were made of the run."""
    yield Text()
    if not tables.is_conclusive:
        yield Text(f"exit code 3: {_why(tables)}; try contend doctor", style="yellow")
    yield Text(f"stored: {stored}")
    if written:
        yield Text(f"written: {', '.join(dict.fromkeys(map(str, written)))}")
    else:
        yield Text("nothing has a figure: tables, plots and README stay as they were")


def _why(tables: Tables) -> str:
    if not tables.complete:
        return f"the run is incomplete; contend suite {tables.suite} --resume goes on with it"
    rows = [row for table in tables.tables for row in table.rows if not row.left_aside]
    empty = [row for row in rows if row.left_out and not row.n]
    reasons = Counter(why for row in empty for why in wording.reasons_of(row))
    most = f", most often: {reasons.most_common(1)[0][0]}" if reasons else ""
    return f"{len(empty)} of {len(rows)} rows have no figures{most}"
