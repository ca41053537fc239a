"""No two cells of a suite may share a key: under it they are stored, and stand in tables. Pure.

A key rounds what it names, as 1000 and 1000.0000001 requests/s, and says nothing of how its cell is
measured.
"""

from collections.abc import Iterator

from msgspec.structs import asdict, replace

from contend.suites.cells import stated_cells
from contend.suites.suite import TRIALS, Grid, Suite

_Settings = dict[str, object]


def check_keys(suite: Suite) -> None:
    """Of a suite whose grids say how they are measured. Raises ValueError that names the first two
    cells which share a key and differ."""
    known: dict[str, _Settings] = {}
    for grid in suite.grid:
        for key, settings in _settings(suite, grid):
            other = known.setdefault(key, settings)
            differ = [
                f"{name} = {other[name]!r} and {settings[name]!r}"
                for name in settings
                if other[name] != settings[name]
            ]
            if differ:
                raise ValueError(f"grid: {key} is there twice, with {', '.join(differ)}")


def _settings(suite: Suite, grid: Grid) -> Iterator[tuple[str, _Settings]]:
    duration = (grid.duration or suite.duration) if grid.measure == TRIALS else None
    for cell in stated_cells(replace(suite, grid=(grid,), reference=None)):
        yield cell.key, asdict(cell) | {"measure": grid.measure, "duration": duration}
