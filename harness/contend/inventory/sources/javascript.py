"""What a JavaScript file refers to: files and packages that its strings name, and its routes."""

from pathlib import Path

from pygments.token import String

from contend.inventory.sources.javascript_tokens import javascript_tokens
from contend.inventory.sources.source import Source, names_in, route_of
from contend.inventory.sources.tree import Tree


def read_javascript(path: Path, tree: Tree) -> Source:
    """An import is a string like any other. Raises SuiteError for what is no JavaScript."""
    tokens = javascript_tokens(path, path.read_text(encoding="utf-8"))
    texts = [value[1:-1] for kind, value in tokens if kind in (String.Double, String.Single)]
    expressions = [value[1:-1] for kind, value in tokens if kind is String.Regex]
    patterns = [text for text in texts if text.startswith("/")]
    patterns += [text for text in expressions if text.startswith(r"^\/")]
    loads = [tree.beside(path, text) for text in texts if text.startswith(".")]
    return Source(
        path=path,
        loads=frozenset(file for file in loads if file is not None),
        mentions=frozenset(file for file in map(tree.named, texts) if file is not None),
        names=frozenset(name for text in texts for name in names_in(text)),
        routes=frozenset((path, route_of(pattern)) for pattern in patterns),
    )
