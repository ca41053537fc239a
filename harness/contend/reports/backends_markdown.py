"""Servers' code and packages as Markdown: results/tables/backends.md. Pure."""

from collections.abc import Callable, Iterator

from contend.inventory.document import AllFigures, BackendFigures, WorkloadFigures
from contend.reports.markdown import escape, grid
from contend.reports.numbers import ABSENT, percent

HEADS = (
    *("backend", "language", "lines", "gzip, bytes"),
    *("direct", "transitive", "native", "install, MiB", "with no package", "rules twice"),
)
_WHOLE = "†"


def render(figures: AllFigures) -> bytes:
    parts = [
        "# Code and packages of the servers",
        _preface(figures),
        grid(HEADS, [overview(one) for one in figures.backends], left=2),
        "## Workloads that pass with no package",
        _shares(figures),
        "## Lines of code by workload",
        _by_workload(figures, lambda one: "" if one.code is None else f"{one.code.lines:,}"),
        "## Code by workload after gzip, bytes",
        _by_workload(figures, lambda one: "" if one.code is None else f"{one.code.gzip_bytes:,}"),
        "## Direct packages by workload",
        _by_workload(figures, lambda one: f"{len(one.packages)}"),
        "\n".join(_reasons(figures)),
        "## Packages",
        "\n".join(_packages(figures)),
        _legend(),
    ]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def overview(one: BackendFigures) -> list[str]:
    """A backend's line; the cells of HEADS."""
    return [
        escape(_name(one)),
        one.language,
        f"{one.code.lines:,}",
        f"{one.code.gzip_bytes:,}",
        *(f"{len(packages)}" for packages in (one.direct, one.transitive, one.native)),
        f"{one.installed_bytes / 2**20:,.1f}",
        f"{len(one.without_package)} of {len(one.workloads)}",
        ABSENT if one.rules_twice is None else f"{one.rules_twice}",
    ]


def _preface(figures: AllFigures) -> str:
    locks = ", ".join(f"{one.language}'s by `{one.lock}`" for one in figures.languages)
    return "\n".join(
        (
            f"- **Packages**: pinned, {locks}; sizes are those on this machine's disk",
            "- **Again**: `contend tables --backends`, which reads sources and lock files and "
            "measures nothing",
        )
    )


def _shares(figures: AllFigures) -> str:
    rows = [
        [
            one.language,
            ", ".join(one.others) or ABSENT,
            f"{len(one.without_package)} of {len(figures.workloads)}",
            percent(one.share),
        ]
        for one in figures.languages
    ]
    return grid(["language", "all but", "workloads", "share"], rows, left=2)


def _by_workload(figures: AllFigures, cell: Callable[[WorkloadFigures], str]) -> str:
    """A workload that a backend doesn't support says so in short, and in full below."""

    def shown(one: WorkloadFigures) -> str:
        if one.why_not is not None:
            return one.why_not.partition(":")[0]
        return f"{cell(one)}{_WHOLE if one.is_whole else ''}"

    rows = [[escape(_name(one)), *map(shown, one.workloads)] for one in figures.backends]
    return grid(["backend", *figures.workloads], rows)


def _reasons(figures: AllFigures) -> Iterator[str]:
    """Each reason once, with the backends and workloads that it holds for."""
    found: dict[str, dict[str, list[str]]] = {}
    for backend in figures.backends:
        for one in backend.workloads:
            if one.why_not is not None:
                found.setdefault(one.why_not, {}).setdefault(backend.backend, []).append(
                    one.workload
                )
    for why, backends in found.items():
        who = "; ".join(f"{name}, {', '.join(which)}" for name, which in backends.items())
        yield f"- {escape(why)} ({who})"


def _packages(figures: AllFigures) -> Iterator[str]:
    """Variants of one server have the same."""
    found: dict[str, list[str]] = {}
    for one in figures.backends:
        said = [", ".join(one.direct) or "none"]
        if one.transitive:
            said.append(f"these bring {', '.join(one.transitive)}")
        if one.native:
            said.append(f"native are {', '.join(one.native)}")
        found.setdefault("; ".join(said), []).append(one.backend)
    for packages, backends in found.items():
        yield f"- **{', '.join(backends)}**: {escape(packages)}"


def _name(one: BackendFigures) -> str:
    return one.backend if one.style == "idiomatic" else f"{one.backend} ({one.style})"


def _legend() -> str:
    return "\n\n".join(
        (
            "## How to read this",
            "A server's code is what its start command loads of its own folder and of those that "
            "it shares, templates too; not its packages, and not the harness's description of it. "
            "Lines are counted without comments, docstrings and blank lines; bytes are those "
            "lines' after gzip, of all files together. It is a size, and no measure of "
            "readability: Python's sources here have types, JavaScript's have none.",
            "A workload's code, and its packages, are what is left of the server without the files "
            "that have routes of other workloads alone. What several use counts for each of them, "
            "so it is the most that a workload can need, and a row's cells don't add up to its "
            f"total. {_WHOLE}: the whole server's, of which nothing can be told apart.",
            "Direct packages are those that the sources import, or that they, the start command "
            "or `backend.toml`'s [provides] name: a driver in a URL, a template engine, the "
            "program that serves. Transitive ones are what the lock file says that those need, "
            "with the extras that it was made for; native ones, of both, bring machine code. The "
            "size is that of all of them as installed, without the runtime.",
            "A workload passes with no package when the server keeps its contract, which a test "
            "of every pair proves, and uses no direct package for it.",
            "Rules stand twice when a server of `orders` states again what the workload's page "
            "checks by `workloads/page/order_rules.mjs`: each keyword of that file's schemas that "
            "constrains counts as one. A server that loads the file states none again.",
        )
    )
