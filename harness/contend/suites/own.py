"""Backends and workloads of one's own: a suite file names them by a path, from its own folder.

`./my-server` is a folder with a backend.toml, `./my.toml` a contract. Everywhere else they go by
the folder's and the file's name.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from contend.errors import SuiteError
from contend.suites.backend import backend_names
from contend.suites.contract import workload_names
from contend.suites.suite import Suite

_NAME = re.compile(r"\w[\w.-]*", re.ASCII)


@dataclass(frozen=True)
class Own:
    backends: Mapping[str, Path]  # folders, by name
    workloads: Mapping[str, Path]  # files, by name


NOTHING_OWN = Own({}, {})


def by_name(suite: Suite, path: Path, workloads: Path) -> tuple[Suite, Own]:
    """The suite of a file with names in place of paths, and where they lead. Raises SuiteError for
    a path that leads nowhere, or to a name that is taken."""
    backends, folders = _named(path, "backends", suite.backends, backend_names(workloads))
    contracts, files = _named(path, "workloads", suite.workloads, workload_names(workloads))
    grids = tuple(
        replace(
            grid,
            backends=tuple(map(backends, grid.backends)),
            workloads=tuple(map(contracts, grid.workloads)),
        )
        for grid in suite.grid
    )
    reference = suite.reference and backends(suite.reference)
    return replace(suite, grid=grids, reference=reference), Own(folders, files)


def _named(
    suite: Path, key: str, given: Iterable[str], taken: Iterable[str]
) -> tuple[Callable[[str], str], dict[str, Path]]:
    names: dict[str, str] = {}
    found: dict[str, Path] = {}
    for text in given:
        if not _is_path(text):
            continue
        path = Path(os.path.normpath((suite.parent / text).absolute()))
        name = path.stem if key == "workloads" else path.name
        if not _NAME.fullmatch(name):
            why = f"{key}: {text!r} gives no name of letters, digits, '.', '_' and '-'"
            raise SuiteError(str(suite), why, "another one")
        if not (path if key == "workloads" else path / "backend.toml").is_file():
            wanted = "is no file" if key == "workloads" else "is no folder with a backend.toml"
            raise SuiteError(
                str(suite), f"{key}: {text} {wanted}", "a path from this file's folder"
            )
        if name in taken or found.setdefault(name, path) != path:
            why = f"{key}: {text} has the name of another one, {name}"
            raise SuiteError(str(suite), why, "another name for it")
        names[text] = name
    return lambda text: names.get(text, text), found


def _is_path(text: str) -> bool:
    return "/" in text or text.endswith(".toml")
