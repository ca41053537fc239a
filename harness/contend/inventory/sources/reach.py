"""Which files a server's requests reach from its start, and what those are for."""

from collections.abc import Container, Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from contend.inventory.sources.javascript import read_javascript
from contend.inventory.sources.python import read_python
from contend.inventory.sources.size import JAVASCRIPT, PYTHON
from contend.inventory.sources.source import Source, serves
from contend.inventory.sources.tree import Tree

Sources = Mapping[Path, Source]


def read_sources(tree: Tree, started: Iterable[Path]) -> Sources:
    """Those that the started ones load, and so on. A file that one of them imports is not loaded
    by a string too: that is a table's name, where it is a file's. Raises SuiteError."""
    found: dict[Path, Source] = {}
    waiting = list(started)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = _read(path, tree)
            waiting += found[path].loads | found[path].mentions
    imported = frozenset().union(*(one.loads for one in found.values()))
    sources = {
        path: replace(one, loads=one.loads | (one.mentions - imported))
        for path, one in found.items()
    }
    return {path: sources[path] for path in sorted(_reached(sources, started))}


def files_of(
    sources: Sources,
    started: Iterable[Path],
    paths: Iterable[str],
    other_paths: Iterable[str],
    unused: frozenset[Path] = frozenset(),
) -> frozenset[Path]:
    """Those that requests for `paths` need: what is left without the files that have routes of
    `other_paths` alone. A file that leads to one of theirs stays. So do all when a path has no
    route that can be seen. What only `unused` files lead to goes with them."""
    serving = [_serving(sources, path) for path in paths]
    if not all(serving):
        return frozenset(sources)
    own = frozenset().union(*serving)
    others = frozenset().union(*(_serving(sources, path) for path in other_paths))
    without = {file for file in others if not own & _reached(sources, [file])}
    return _reached(sources, started, without | unused)


def _serving(sources: Sources, request_path: str) -> frozenset[Path]:
    routes = (route for source in sources.values() for route in source.routes)
    return frozenset(file for file, route in routes if serves(route, request_path))


def _reached(
    sources: Sources, started: Iterable[Path], without: Container[Path] = ()
) -> frozenset[Path]:
    found = set[Path]()
    waiting = list(started)
    while waiting:
        path = waiting.pop()
        if path not in found and path not in without:
            found.add(path)
            waiting += sources[path].loads
    return frozenset(found)


def _read(path: Path, tree: Tree) -> Source:
    if path.suffix == PYTHON:
        return read_python(path, tree)
    return read_javascript(path, tree) if path.suffix in JAVASCRIPT else Source(path)
