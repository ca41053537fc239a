"""The figures of measured servers other than speed, as `contend tables --backends` has them.

Immutable values. Packages are named with their versions.
"""

import msgspec

SCHEMA = "contend.backends/1"


class CodeSize(msgspec.Struct, frozen=True):
    """Without comments, docstrings and blank lines."""

    lines: int
    gzip_bytes: int


class WorkloadFigures(msgspec.Struct, frozen=True):
    """Of a workload on a backend, or why there are none."""

    workload: str
    why_not: str | None = None
    code: CodeSize | None = None
    is_whole: bool = False  # it is the whole server's code, of which nothing can be told apart
    packages: tuple[str, ...] = ()  # direct ones
    rules_twice: int | None = None  # those of its page that the server states again; None: no page

    @property
    def needs_no_package(self) -> bool:
        return self.why_not is None and not self.packages


class BackendFigures(msgspec.Struct, frozen=True):
    backend: str
    title: str
    language: str
    style: str
    code: CodeSize
    direct: tuple[str, ...]
    transitive: tuple[str, ...]
    native: tuple[str, ...]  # of both
    installed_bytes: int
    workloads: tuple[WorkloadFigures, ...]

    @property
    def without_package(self) -> tuple[str, ...]:
        return tuple(one.workload for one in self.workloads if one.needs_no_package)

    @property
    def rules_twice(self) -> int | None:
        """None when it does no workload that has a page."""
        counts = [one.rules_twice for one in self.workloads if one.rules_twice is not None]
        return sum(counts) if counts else None


class LanguageFigures(msgspec.Struct, frozen=True):
    """Which workloads some backend of a language passes with no package."""

    language: str
    lock: str  # the file that pins its packages
    without_package: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def share(self) -> float:
        return len(self.without_package) / len(self.without_package + self.others)


class AllFigures(msgspec.Struct, frozen=True):
    schema: str
    workloads: tuple[str, ...]
    backends: tuple[BackendFigures, ...]
    languages: tuple[LanguageFigures, ...]
