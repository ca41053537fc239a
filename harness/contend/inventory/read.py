"""Reads the figures of measured servers other than speed, from their sources and lock files.

A workload's code, and its packages, are what is left of the server without the files that only
other workloads use: that is known by file, so it is the most that a workload can need.
"""

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from contend.errors import SuiteError
from contend.inventory.document import (
    SCHEMA,
    AllFigures,
    BackendFigures,
    LanguageFigures,
    WorkloadFigures,
)
from contend.inventory.rules import page_rules, rules_stated_again
from contend.inventory.sources.reach import files_of, read_sources
from contend.inventory.sources.size import code_size
from contend.inventory.sources.source import names_in
from contend.inventory.sources.tree import Tree
from contend.servers.node_packages import read_node_packages
from contend.servers.packages import Packages, normalised
from contend.servers.python_packages import read_python_packages
from contend.suites.backend import (
    Backend,
    backend_names,
    farther_files,
    read_backend,
    source_folders,
)
from contend.suites.contract import Contract, read_contract, workload_names

_WORD = re.compile(r"[\w@./-]*\w")

Paths = Mapping[str, list[str]]  # what each workload requests

# Stores, as the names of files and the keys of [provides] have them: what is one store's is left
# out for workloads on another.
_STORES = frozenset({"sqlite", "postgresql", "redis"})
# SQLite has the accounts also where Redis has the sessions.
_USED = {None: {"sqlite"}, "postgresql": {"postgresql"}, "redis": {"sqlite", "redis"}}


def read_figures(workloads: Path, site_packages: Path) -> AllFigures:
    """Of every backend that is a program of its own. `site_packages` is the measured Python
    servers'. Raises SuiteError, also when what is installed is not what is locked."""
    contracts = [
        (one, read_contract(workloads, one, workloads)) for one in workload_names(workloads)
    ]
    contracts.sort(key=lambda one: _place(one[1]))
    paths = {name: [request.path for request in one.request] for name, one in contracts}
    unused = {name: _STORES - _USED[one.store] for name, one in contracts}
    backends = [(one, read_backend(workloads, one, workloads)) for one in backend_names(workloads)]
    found, languages = [], []
    for runtime in ("node", "python"):
        of_runtime = [(name, one) for name, one in backends if one.asks_for(runtime)]
        if of_runtime:
            packages = _read_packages(workloads / "backends", runtime, site_packages)
            figures = [_read(workloads, *one, paths, unused, packages) for one in of_runtime]
            found += figures
            languages.append(_language(figures, packages.lock, paths))
    return AllFigures(SCHEMA, tuple(paths), tuple(found), tuple(languages))


def _read_packages(backends: Path, runtime: str, site_packages: Path) -> Packages:
    if runtime == "node":
        return read_node_packages(backends / "package-lock.json")
    return read_python_packages(backends / f"{site_packages.parent.name}.lock", site_packages)


def _read(
    workloads: Path,
    name: str,
    backend: Backend,
    paths: Paths,
    unused: Mapping[str, frozenset[str]],
    packages: Packages,
) -> BackendFigures:
    start = (*backend.start, *backend.env.values())
    folders = source_folders(workloads / "backends" / name)
    tree = Tree(folders, farther_files(folders))
    started = tree.started(start)
    sources = read_sources(tree, started)
    for file, source in sources.items():
        if unknown := packages.unknown(source.modules):
            why = f"imports {unknown[0]}, which {packages.lock} has not"
            raise SuiteError(str(file), why, "scripts/lock, then scripts/setup")

    def named(files: Iterable[Path]) -> frozenset[str]:
        """Packages that files import or name, or the start command does."""
        read = [sources[file] for file in files]
        names = {name for text in start for name in names_in(text)}
        return packages.used(
            {module for one in read for module in one.modules},
            names.union(*(one.names for one in read)),
        )

    def provided(unused: frozenset[str]) -> frozenset[str]:
        """What [provides] alone names, which is asked for too, unless another package brings it
        along."""
        texts = [text for key, text in backend.provides.items() if key not in unused]
        words = _WORD.findall(" ".join(texts))
        found = packages.used((), [*words, *map(normalised, words)])
        return found - packages.with_needs(named(sources))

    direct = named(sources) | provided(frozenset())
    every = packages.with_needs(direct)

    def titles(keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(packages.packages[key].title for key in keys))

    def figures(workload: str) -> WorkloadFigures:
        if (why_not := backend.unsupported(workload)) is not None:
            return WorkloadFigures(workload, why_not)
        own = paths[workload]
        of_others = {path for path in sources if unused[workload] & set(path.stem.split("_"))}
        others = _others(paths, own)
        files = files_of(sources, started, own, others, frozenset(of_others))
        rules = page_rules(workloads, workload)
        return WorkloadFigures(
            workload=workload,
            code=code_size(files),
            is_whole=len(files) == len(sources),
            packages=titles(named(files) | provided(unused[workload])),
            rules_twice=None if rules is None else rules_stated_again(rules, files),
        )

    return BackendFigures(
        backend=name,
        title=backend.title,
        language=backend.language,
        style=backend.style,
        code=code_size(sources),
        direct=titles(direct),
        transitive=titles(every - direct),
        native=titles(key for key in every if packages.packages[key].is_native),
        installed_bytes=sum(packages.packages[key].installed_bytes for key in every),
        workloads=tuple(map(figures, paths)),
    )


def _others(paths: Paths, own: list[str]) -> list[str]:
    return [path for requested in paths.values() for path in requested if path not in own]


def _language(
    backends: list[BackendFigures], lock: str, workloads: Iterable[str]
) -> LanguageFigures:
    passed = {workload for one in backends for workload in one.without_package}
    return LanguageFigures(
        language=backends[0].language,
        lock=lock,
        without_package=tuple(one for one in workloads if one in passed),
        others=tuple(one for one in workloads if one not in passed),
    )


def _place(contract: Contract) -> tuple[float, str]:
    """By the number that its title begins with, where it does: 6a before 10."""
    number = re.match(r"\d+", contract.title)
    return (int(number[0]) if number else math.inf, contract.title)
