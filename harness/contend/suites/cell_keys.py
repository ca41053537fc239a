"""No two cells of a suite may share a key: under it their trials are stored, and stand in tables.

A key rounds what it names, as 1000 and 1000.0000001 requests/s.
"""

import msgspec

from contend.errors import SuiteError
from contend.suites.plan import Cell, cells
from contend.suites.suite import Suite


def check_keys(suite: Suite, path: str) -> None:
    """Raises SuiteError for the first two that do."""
    known: dict[str, Cell] = {}
    for cell in cells(suite):
        other = known.setdefault(cell.key, cell)
        if other != cell:
            before, after = (msgspec.structs.asdict(one) for one in (other, cell))
            differ = [
                f"{name} = {before[name]!r} and {after[name]!r}"
                for name in before
                if before[name] != after[name]
            ]
            why = f"grid: {', '.join(differ)} are both called {cell.key}"
            raise SuiteError(path, why, "one of them")
