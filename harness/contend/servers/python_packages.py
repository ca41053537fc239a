"""The measured Python servers' packages: python3.*.lock, and what is installed of it."""

import importlib.metadata
import re
from pathlib import Path

from contend.servers.packages import (
    Package,
    Packages,
    installed_bytes,
    is_native,
    normalised,
    not_installed,
)

_LOCKED = re.compile(r"([\w.-]+)==([^\s;]+)")
_NEEDED_BY = re.compile(r" +# +(?:via )?(?!via$)([\w.-]+)$")
_REQUESTED = re.compile(r" +# +(?:via )?-r ")


def read_python_packages(lock: Path, site_packages: Path) -> Packages:
    """Raises SuiteError when a package is not installed as it is locked."""
    versions, needs, requested = _read_lock(lock)
    installed = {
        normalised(one.name): one
        for one in importlib.metadata.distributions(path=[str(site_packages)])
    }
    packages = {}
    for name, version in versions.items():
        distribution = installed.get(name)
        if distribution is None or distribution.version != version:
            raise not_installed(lock, f"{name} {version}")
        files = [Path(str(file)) for file in distribution.files or ()]
        packages[name] = Package(
            name=name,
            version=version,
            needs=tuple(sorted(needs[name])),
            is_native=is_native(files),
            installed_bytes=installed_bytes(site_packages, files),
            modules=frozenset(file.parts[0].partition(".")[0] for file in files),
        )
    return Packages(lock.name, packages, frozenset(requested))


def _read_lock(lock: Path) -> tuple[dict[str, str], dict[str, set[str]], set[str]]:
    """Versions, what each needs, and what was asked for. uv notes under each what needs it."""
    versions, needed_by, requested, name = dict[str, str](), dict[str, set[str]](), set[str](), ""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if locked := _LOCKED.match(line):
            name = normalised(locked[1])
            versions[name], needed_by[name] = locked[2], set()
        elif _REQUESTED.match(line):
            requested.add(name)
        elif found := _NEEDED_BY.match(line):
            needed_by[name].add(normalised(found[1]))
    needs = {one: {other for other in versions if one in needed_by[other]} for one in versions}
    return versions, needs, requested
