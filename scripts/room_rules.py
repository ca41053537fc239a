"""The rules of the project's rooms (design.md, "Rooms"): what may lie where and include what.

`room_rules.py` reads the files that git knows or would take, prints each breach as
`path:line: what`, and exits 1 if there is one. Long files are named too, and break nothing.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Files = Mapping[str, str]  # path from the project's top, with / as separator, to text

TOP_LEVEL = {
    *(".ci", ".clang-format", ".clang-tidy", ".gitattributes", ".gitignore"),
    *("CMakeLists.txt", "CMakePresets.json", "pyproject.toml"),
    *("action.yml", "contend.toml"),
    *("CHANGELOG.md", "LICENSE", "README.md"),
    *("bench", "harness", "results", "scripts", "workloads"),
}

# What the source of each engine room may include, besides its own room.
ENGINE_ROOMS = {
    "core": set[str](),
    "http": {"core"},
    "net": {"core"},
    "arrivals": {"core"},
    "exchange": {"core", "http"},
    "load": {"core", "http", "net", "arrivals", "exchange"},
    "models": {"core", "arrivals"},
    "servers": {"core", "http", "models"},
    "bindings": {"core", "arrivals", "exchange", "load", "models", "servers"},
}

# The rooms of the Python package, from the top: each imports only rooms above it. Judges stand side
# by side, and never import each other. What lies beside the rooms (errors, durations) is for all.
PACKAGE_ROOMS = (
    *({"files"}, {"machine"}, {"stats"}, {"suites"}, {"trials"}, {"servers"}, {"blocks"}),
    *({"runs"}, {"findings"}, {"gate", "certify", "inventory", "claims", "advice", "models"}),
    *({"reports"}, {"cli"}),
)

# These compute from what is stored, and never measure: through what they import, too, they start no
# process and know no engine, but for the histogram.
READING_ROOMS = ("stats", "findings", "reports")
MEASURING_MODULES = ("contend._engine", "multiprocessing", "subprocess")
HISTOGRAMS = "contend.trials.histograms"

LONG_FILE_LINES = 300


@dataclass(frozen=True)
class Breach:
    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def _matches(path: str, text: str, pattern: str) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        for found in re.finditer(pattern, line):
            yield number, found


def top_level(files: Files) -> Iterator[Breach]:
    for path in files:
        top = path.split("/")[0]
        if top not in TOP_LEVEL:
            yield Breach(path, 1, f"{top} has no place at the project's top level")


def engine_includes(files: Files) -> Iterator[Breach]:
    for path, text in files.items():
        if not path.endswith((".h", ".cpp")):
            continue
        for line, _ in _matches(path, text, r"#\s*include\s*<boost/asio\.hpp>"):
            yield Breach(
                path, line, "boost/asio.hpp takes seconds to compile: include what is used"
            )
        parts = path.split("/")
        if parts[:2] != ["harness", "engine"]:
            continue
        room = parts[2]
        if room not in ENGINE_ROOMS:
            yield Breach(path, 1, f"{room}/ is no room of the engine")
            continue
        for line, found in _matches(path, text, r'^\s*#\s*include\s*"([^"]*)"'):
            included = found[1].split("/")[0]
            if included != room and included not in ENGINE_ROOMS[room]:
                yield Breach(path, line, f'{room}/ may not include "{found[1]}"')


def engine_is_silent(files: Files) -> Iterator[Breach]:
    printing = r"#\s*include\s*<iostream>|\bstd::c(out|err)\b|\bfmt::print\b|(?<![\w.>])f?printf\("
    for path, text in files.items():
        if path.startswith("harness/engine/") and not path.endswith("_test.cpp"):
            for line, _ in _matches(path, text, printing):
                yield Breach(path, line, "the engine prints nothing")


def engine_has_no_friends(files: Files) -> Iterator[Breach]:
    for path, text in files.items():
        if path.startswith("harness/engine/") and not path.endswith("_test.cpp"):
            for line, _ in _matches(path, text, r"^\s*friend\b"):
                yield Breach(path, line, "a friend knows what it should not have to")


def _imports(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Every module that a file of the package imports, by its absolute name; not what is imported
    for types alone."""
    package = path.removeprefix("harness/").removesuffix(".py").split("/")[:-1]
    tree = ast.parse(text, path)
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, module
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def _package_files(files: Files) -> dict[str, str]:
    """By the module's name."""
    found = {}
    for path in files:
        if path.startswith("harness/contend/") and path.endswith(".py"):
            parts = path.removeprefix("harness/").removesuffix(".py").split("/")
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _floor(module: str) -> int | None:
    """Of the module's room, from the top; None of what lies beside the rooms."""
    room = module.split(".")[1:2]
    return next((n for n, rooms in enumerate(PACKAGE_ROOMS) if room and room[0] in rooms), None)


def imports_go_upward(files: Files) -> Iterator[Breach]:
    modules = _package_files(files)
    for module, path in modules.items():
        own = _floor(module)
        parts = module.split(".")
        if own is None:
            is_package = path.endswith("__init__.py") and len(parts) > 1
            if is_package or len(parts) > 2:
                yield Breach(path, 1, f"{parts[1]}/ is no room of the package")
            continue
        for line, imported in _imports(path, files[path]):
            other = _floor(imported) if imported.startswith("contend.") else None
            if other is None or imported.split(".")[1] == parts[1]:
                continue
            if other >= own:
                yield Breach(path, line, f"{parts[1]}/ may not import {imported}")


def readers_measure_nothing(files: Files) -> Iterator[Breach]:
    modules = _package_files(files)
    imports = {module: list(_imports(path, files[path])) for module, path in modules.items()}
    for module, path in modules.items():
        if module.split(".")[1:2] and module.split(".")[1] in READING_ROOMS:
            for line, way in _ways_to_measuring(module, imports):
                yield Breach(path, line, f"{module.split('.')[1]}/ may not import {way}")


def _ways_to_measuring(
    start: str, imports: Mapping[str, list[tuple[int, str]]]
) -> Iterator[tuple[int, str]]:
    """Each import of `start` that comes to a measuring module, with the way there."""
    for line, first in imports[start]:
        seen = {first}
        ways = [[first]]
        for way in ways:
            if way[-1] in MEASURING_MODULES:
                yield line, ", by ".join(reversed(way))
                break
            if way[-1] == HISTOGRAMS:
                continue
            for _, further in imports.get(way[-1], []):
                if further not in seen:
                    seen.add(further)
                    ways.append([*way, further])


def no_registry_hosts(files: Files) -> Iterator[Breach]:
    named = (
        r"registry\.npmjs|pythonhosted\.org|pypi\.org"
        r"|--(?:extra-)?index-url|\"resolved\":|registry *="
    )
    for path, text in files.items():
        if not path.endswith(".md") and not _is_about_rules(path):
            for line, found in _matches(path, text, named):
                yield Breach(
                    path, line, f"{found[0]} names a package registry: the user's own is used"
                )


def no_machine_paths(files: Files) -> Iterator[Breach]:
    for path, text in files.items():
        if not _is_about_rules(path):
            for line, found in _matches(path, text, r"(?<![\w.}/*-])/(?:home|root|work)/"):
                yield Breach(path, line, f"{found[0]} is a path of one machine")


def finished_work(files: Files) -> Iterator[Breach]:
    for path, text in files.items():
        if path.endswith((".h", ".cpp", ".py", ".mjs")) and not _is_about_rules(path):
            for line, found in _matches(path, text, r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b"):
                yield Breach(path, line, f"{found[0]} marks unfinished work")


def type_names(files: Files) -> Iterator[Breach]:
    vague = r"\b(?:class|struct)\s+(\w*(?:Impl|Manager|Factory|Utils?|Helper|Base))\b"
    for path, text in files.items():
        if path.endswith((".h", ".cpp", ".py")) and not _is_about_rules(path):
            for line, found in _matches(path, text, vague):
                yield Breach(path, line, f"{found[1]} says how, not what: name the one thing it is")


def _is_about_rules(path: str) -> bool:
    """These two files hold what they forbid."""
    return path in ("scripts/room_rules.py", "harness/tests/test_room_rules.py")


RULES: tuple[Callable[[Files], Iterator[Breach]], ...] = (
    top_level,
    engine_includes,
    engine_is_silent,
    engine_has_no_friends,
    imports_go_upward,
    readers_measure_nothing,
    no_registry_hosts,
    no_machine_paths,
    finished_work,
    type_names,
)


def breaches(files: Files) -> list[Breach]:
    return [breach for rule in RULES for breach in rule(files)]


def long_files(files: Files) -> Iterator[str]:
    for path, text in files.items():
        lines = len(text.splitlines())
        if path.endswith((".h", ".cpp", ".py", ".mjs")) and lines > LONG_FILE_LINES:
            yield f"{path}: {lines} lines deserve a second look"


def read_project(top: Path) -> dict[str, str]:
    """The text files that git tracks, or would if they were added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=top, check=True, capture_output=True, text=True).stdout
    files = {}
    for path in sorted(filter(None, listing.split("\0"))):
        try:
            files[path] = (top / path).read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):  # deleted but not yet committed; not text
            continue
    return files


def main() -> int:
    files = read_project(Path(__file__).resolve().parent.parent)
    found = breaches(files)
    for breach in found:
        print(breach)
    for note in long_files(files):
        print("note:", note)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
