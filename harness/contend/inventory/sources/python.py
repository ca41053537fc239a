"""What a Python file refers to: imports, and files that its strings name."""

import ast
from collections.abc import Iterator
from pathlib import Path

from contend.inventory.sources.size import docstrings, parse_python
from contend.inventory.sources.source import Route, Source, names_in, route_of
from contend.inventory.sources.tree import Tree


def read_python(path: Path, tree: Tree) -> Source:
    """Raises SuiteError for what is no Python."""
    module = parse_python(path, path.read_text(encoding="utf-8"))
    loads, bound, foreign = set[Path](), dict[str, Path](), set[str]()
    for node in ast.walk(module):
        for name, dotted in _imports(node, path, tree):
            if not tree.is_own_module(dotted):
                foreign.add(dotted.partition(".")[0])
                continue
            found = _files(dotted, tree)
            loads.update(found)
            if found:
                bound[name] = found[-1]
    texts = _strings(module)
    # What is compared with something is a value, such as "asgi", and loads nothing.
    named = set(texts).difference(*(_strings(one) for one in _comparisons(module)))
    own = ((path, route_of(text)) for text in texts if text.startswith("/"))
    return Source(
        path=path,
        loads=frozenset(loads),
        mentions=frozenset(file for text in named for file in tree.mentioned(text)),
        modules=frozenset(foreign),
        names=frozenset(name for text in texts for name in names_in(text)),
        routes=frozenset([*own, *_routes_elsewhere(module, bound)]),
    )


def _imports(node: ast.AST, path: Path, tree: Tree) -> Iterator[tuple[str, str]]:
    """The name that an import binds, and the dotted one that it stands for."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], alias.name
    elif isinstance(node, ast.ImportFrom):
        base = [node.module] if node.module else []
        if node.level:
            folder = next(one for one in tree.folders if path.is_relative_to(one))
            package = path.relative_to(folder).parent.parts
            base = [*package[: len(package) - node.level + 1], *base]
        for alias in node.names:
            yield alias.asname or alias.name, ".".join([*base, alias.name])


def _files(dotted: str, tree: Tree) -> list[Path]:
    """What importing it runs: its packages and itself; its last part may be a name within."""
    parts = dotted.split(".")
    found = [tree.module(".".join(parts[:count])) for count in range(1, len(parts) + 1)]
    return [path for path in found if path is not None]


def _comparisons(module: ast.Module) -> list[ast.AST]:
    return [node for node in ast.walk(module) if isinstance(node, ast.Compare)]


def _strings(tree: ast.AST) -> list[str]:
    """Without documentation, which may name anything."""
    documentation = docstrings(tree)
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [
        node.value
        for node in constants
        if isinstance(node.value, str) and all(node is not one for one in documentation)
    ]


def _routes_elsewhere(module: ast.Module, bound: dict[str, Path]) -> Iterator[tuple[Path, Route]]:
    """Those of path("db", views.db): the file that views came from serves them."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            pattern, others = node.args[0].value, node.args[1:]
            used = [
                one.id for other in others for one in ast.walk(other) if isinstance(one, ast.Name)
            ]
            for name in used:
                if name in bound and isinstance(pattern, str):
                    yield bound[name], route_of(pattern)
