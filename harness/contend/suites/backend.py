"""Backends, workloads/backends/<name>/backend.toml: one server each, and how to start it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from contend.durations import some_time_ns
from contend.errors import SuiteError
from contend.files.toml_file import read_toml, unknown_name
from contend.suites.http_words import check_path

Style = Literal["idiomatic", "tuned", "model", "baseline"]

# Connections to a database server, of all workers of a server together.
POOL = 16

# Of what [provides] says: raw SQL isn't compared with an object mapper's, nor a client of HTTP
# that was written for a workload with one that people use.
ORM, RAW, BY_HAND, LIBRARY = "ORM", "raw SQL", "client by hand", "a library's client"

PLACEHOLDER = re.compile(r"\{(\w+)\}")
# The placeholders of programs: what servers/runtimes.py finds on a machine.
RUNTIMES = ("python", "free_threaded_python", "node", "contend")
_NEIGHBOUR = re.compile(r"\.\./([\w-]+)")
_FARTHER = re.compile(r"(?:\.\./){2,}[\w./-]*\w")
_RELATIVE = re.compile(r"\.{1,2}/[\w./-]*\w")


class Place(msgspec.Struct, frozen=True):
    """Where a server is to listen, and what it finds there: the placeholders of `start`."""

    WORDS: ClassVar[tuple[str, ...]]  # of them

    port: int
    workers: int
    database: str  # SQLite's file, or the URL of a PostgreSQL database
    upstream: str  # a URL
    redis: str  # a URL, or nothing where there is none
    pool: int  # connections to a database server that one worker may have

    @property
    def values(self) -> dict[str, str]:
        """By placeholder. gunicorn's documentation gives a server 2n + 1 workers that do one
        request at a time each."""
        fields = {word: str(value) for word, value in msgspec.structs.asdict(self).items()}
        return fields | {"sync_workers": str(2 * self.workers + 1)}


Place.WORDS = (*Place.__struct_fields__, "sync_workers")


class Backend(msgspec.Struct, frozen=True):
    title: str
    language: str
    concurrency: str
    style: Style
    start: tuple[str, ...]
    workloads: tuple[str, ...]
    env: dict[str, str] = {}
    ready_path: str = "/plaintext"
    ready_timeout: str = "10s"
    least_workers: int = 1  # with fewer it shows nothing of its own
    # Workloads for which its workers would have to share something.
    one_worker: tuple[str, ...] = ()
    # Why it can't do a workload, and why it can't do any that stands in neither list.
    needs: dict[str, str] = {}
    otherwise: str = "not supported: its backend.toml doesn't list it"
    provides: dict[str, str] = {}
    # By workload: what was found out about an odd figure of it. Stands under its tables.
    notes: dict[str, str] = {}

    def __post_init__(self) -> None:
        if not self.start:
            raise ValueError("start needs the program to start")
        some_time_ns(self.ready_timeout)
        try:
            check_path(self.ready_path)
        except ValueError as error:
            raise ValueError(f"ready_path: {error}") from None

    @property
    def placeholders(self) -> list[tuple[str, str]]:
        """Each with the key that it stands in."""
        texts = [("start", part) for part in self.start]
        texts += [("env", value) for value in self.env.values()]
        return [(where, word) for where, text in texts for word in PLACEHOLDER.findall(text)]

    def asks_for(self, word: str) -> bool:
        return any(word == one for _, one in self.placeholders)

    @property
    def kinds(self) -> dict[str, str]:
        """Of its access to a database, and of its client of HTTP: what alone is compared with what
        others have."""
        found: dict[str, str] = {
            name: ORM if re.search(r"\bORM\b", self.provides[name]) else RAW
            for name in ("database", "postgresql")
            if name in self.provides
        }
        if (client := self.provides.get("client")) is not None:
            found["client"] = BY_HAND if "own code" in client else LIBRARY
        return found

    def unfit(self, workload: str, server_cores: int) -> str | None:
        """Why it can't be shown on so many; None when it can. The generator has one of its own."""
        if server_cores < self.least_workers:
            return f"needs ≥ {self.least_workers + 1} cores"
        if server_cores > 1 and workload in self.one_worker:
            return "not supported: its worker processes share nothing"
        return None

    def unsupported(self, workload: str) -> str | None:
        """Why this backend can't do a workload; None when it can."""
        if workload in self.workloads:
            return None
        return self.needs.get(workload, self.otherwise)


def backend_names(workloads: Path) -> list[str]:
    return sorted(path.parent.name for path in workloads.glob("backends/*/backend.toml"))


def read_backend(workloads: Path, name: str, asked_by: Path) -> Backend:
    """Raises SuiteError that lists the backends there are when `name` is none of them."""
    if name not in backend_names(workloads):
        raise unknown_name(asked_by, "backends", name, backend_names(workloads))
    return backend_in(workloads / "backends" / name)


def backend_in(folder: Path) -> Backend:
    """Raises SuiteError for a backend.toml that is wrong."""
    path = folder / "backend.toml"
    backend = read_toml(path, Backend)
    known = (*Place.WORDS, *RUNTIMES)
    for where, word in backend.placeholders:
        if word not in known:
            those = ", ".join(f"{{{one}}}" for one in known)
            raise SuiteError(str(path), f"{where}: unknown placeholder {{{word}}}", those)
    return backend


def every_source(folder: Path) -> list[Path]:
    """The files that make a backend what it is."""
    folders = source_folders(folder)
    inner = [path for one in folders for path in source_files(one)]
    return [*inner, *farther_files(folders)]


def source_folders(folder: Path) -> list[Path]:
    """Whose files make a backend what it is: its own folder, and those beside it that its files
    name by a relative path, and so on."""
    found = [folder]
    for one in found:
        for path in source_files(one):
            for neighbour in _NEIGHBOUR.findall(path.read_text(errors="replace")):
                other = folder.parent / neighbour
                if other.is_dir() and other not in found:
                    found.append(other)
    return found


def farther_files(folders: Sequence[Path]) -> list[Path]:
    """Those of no source folder that the folders' files name by a path of two ../ or more, such as
    a page's rules, and what such files name in turn."""
    own = [folder.resolve() for folder in folders]
    found: list[Path] = []
    waiting = [(path, _FARTHER) for folder in own for path in source_files(folder)]
    while waiting:
        path, names = waiting.pop()
        for name in names.findall(path.read_text(errors="replace")):
            other = (path.parent / name).resolve()
            is_own = any(other.is_relative_to(folder) for folder in own)
            is_made = any(_is_made(part) for part in Path(name).parts if part != "..")
            if other.is_file() and not is_own and not is_made and other not in found:
                found.append(other)
                waiting.append((other, _RELATIVE))
    return sorted(found)


def source_files(folder: Path) -> list[Path]:
    """Without what was installed or made there."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix != ".pyc"
        and not any(_is_made(one) for one in path.relative_to(folder).parts)
    ]


def _is_made(name: str) -> bool:
    return name in ("node_modules", "__pycache__", "dist", "generated") or name.startswith(".")
