"""The measured Node.js servers' packages: package-lock.json, and node_modules beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contend.servers.packages import Package, Packages, installed_bytes, is_native, not_installed

_FOLDER = "node_modules/"


def read_node_packages(lock: Path) -> Packages:
    """The runtime, which the lock file has as an optional package, is none that was asked for.
    Raises SuiteError when a package is not installed as it is locked."""
    entries: dict[str, Any] = json.loads(lock.read_bytes())["packages"]
    top = entries.pop("")
    packages = {}
    for place, entry in entries.items():
        folder = lock.parent / place
        if not folder.is_dir() and entry.get("optional"):
            continue  # it is for another kind of machine
        name, version = place.rpartition(_FOLDER)[2], entry["version"]
        if _installed_version(folder) != version:
            raise not_installed(lock, f"{name} {version}")
        files = _own_files(folder)
        found = (_resolved(place, need, entries) for need in _needs(entry))
        packages[_key(place)] = Package(
            name=name,
            version=version,
            needs=tuple(sorted(_key(need) for need in found if need is not None)),
            is_native=is_native(files),
            installed_bytes=installed_bytes(folder, files),
        )
    return Packages(lock.name, packages, frozenset(top.get("dependencies", ())))


def _key(place: str) -> str:
    return place.removeprefix(_FOLDER)


def _installed_version(folder: Path) -> str | None:
    manifest = folder / "package.json"
    return json.loads(manifest.read_bytes())["version"] if manifest.is_file() else None


def _own_files(folder: Path) -> list[Path]:
    """Without the packages that it keeps for itself, which have entries of their own."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")))
    return [path for path in found if path.parts[0] != _FOLDER.rstrip("/")]


def _needs(entry: dict[str, Any]) -> list[str]:
    about = entry.get("peerDependenciesMeta", {})
    peers = [
        name
        for name in entry.get("peerDependencies", ())
        if not about.get(name, {}).get("optional")
    ]
    return [*entry.get("dependencies", ()), *entry.get("optionalDependencies", ()), *peers]


def _resolved(place: str, need: str, entries: Mapping[str, Any]) -> str | None:
    """As Node.js looks for it: in the package's own node_modules, then in those around it."""
    while True:
        found = f"{place}/{_FOLDER}{need}".lstrip("/")
        if found in entries:
            return found
        if not place:
            return None
        place = place.rpartition(f"/{_FOLDER}")[0]
