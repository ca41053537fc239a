"""What one source file refers to, and the requests whose routes it has. Immutable values; pure."""

import re
from itertools import takewhile
from pathlib import Path

import msgspec

Route = tuple[str, ...]  # the segments of a path up to the first that is a parameter

_SEGMENT = re.compile(r"[\w.-]+")


class Source(msgspec.Struct, frozen=True):
    path: Path
    loads: frozenset[Path] = frozenset()  # files of the same server
    mentions: frozenset[Path] = frozenset()  # those that its strings may mean
    modules: frozenset[str] = frozenset()  # Python: imported, and of none of the server's folders
    names: frozenset[str] = frozenset()  # what its strings may name, such as a package
    routes: frozenset[tuple[Path, Route]] = frozenset()  # by the file that serves them


def names_in(text: str) -> list[str]:
    """Of drizzle-orm/sqlite-core the first part, of sqlite+aiosqlite:///file each driver."""
    scheme, is_url, _ = text.partition("://")
    if is_url:
        return scheme.split("+")
    scope = 2 if text.startswith("@") else 1
    return ["/".join(text.split("/")[:scope])]


def route_of(pattern: str) -> Route:
    """Of a framework's pattern or of a regular expression; none for what begins otherwise."""
    segments = pattern.replace("\\", "").lstrip("^/").rstrip("$/").split("/")
    return tuple(takewhile(_SEGMENT.fullmatch, segments))


def serves(route: Route, request_path: str) -> bool:
    """Whether requests for the path can be that route's."""
    segments = tuple(request_path.partition("?")[0].strip("/").split("/"))
    return bool(route) and segments[: len(route)] == route
