"""The measured servers' packages, as a lock file pins them and as they are installed. Immutable."""

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from contend.errors import SuiteError

_NATIVE = (".node", ".pyd", ".so")


class Package(msgspec.Struct, frozen=True):
    name: str
    version: str
    needs: tuple[str, ...]  # keys of others
    is_native: bool  # it brings machine code
    installed_bytes: int
    modules: frozenset[str] = frozenset()  # Python: what importing it is called

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


class Packages(msgspec.Struct, frozen=True):
    """By key: the name, or where npm keeps a second version of one, its place."""

    lock: str  # the file's name
    packages: Mapping[str, Package]
    requested: frozenset[str]  # keys of what the lock file was made for

    def used(self, modules: Iterable[str], names: Iterable[str]) -> frozenset[str]:
        """Those that are imported, and those of the requested ones that are named."""
        modules, names = set(modules), set(names)
        return frozenset(
            key
            for key, package in self.packages.items()
            if modules & package.modules or (key in self.requested and package.name in names)
        )

    def unknown(self, modules: Iterable[str]) -> list[str]:
        """Python: what is imported and comes from no package, nor with the language."""
        known = sys.stdlib_module_names.union(*(one.modules for one in self.packages.values()))
        return sorted(set(modules) - known)

    def with_needs(self, keys: Iterable[str]) -> frozenset[str]:
        found = set[str]()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += self.packages[key].needs
        return frozenset(found)


def normalised(name: str) -> str:
    """As Python's lock files write a name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_native(files: Iterable[Path]) -> bool:
    return any(file.suffix in _NATIVE for file in files)


def installed_bytes(folder: Path, files: Iterable[Path]) -> int:
    found = (folder / file for file in files)
    return sum(file.stat().st_size for file in found if file.is_file())


def not_installed(lock: Path, what: str) -> SuiteError:
    """Sizes are those on disk: what is there must be what is locked."""
    return SuiteError(str(lock), f"{what} is not installed", "scripts/setup")
