"""The claims, workloads/claims.toml: of each the rule by which its verdict is computed."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from contend.claims.document import NEED
from contend.errors import SuiteError
from contend.files.toml_file import read_toml, unknown_name
from contend.suites.load import Load

FILE = "claims.toml"

# Figures of a run as a whole (most_clients.py, memory.py); all others are of findings/figures.py.
MOST_CLIENTS: Final = "most_clients"
MEMORY: Final = "bytes_per_connection"
FIGURES = (
    *("goodput", "p50", "p99", "server_cpu_per_request", "cpu_per_request_or_push"),
    *("connect_p99", "peak_rss", "rss_growth", MOST_CLIENTS, MEMORY),
)
OF_CLASS = "p99_of_"  # the p99 of one class of requests

Rule = Literal[
    "votes", "shared rules", "spared code", "code size", "no package", "built in", "parts"
]


class PairRule(msgspec.Struct, frozen=True):
    """A server of either side; like with like."""

    node: str
    python: str
    where: dict[str, str] = {}  # values of variables

    @property
    def title(self) -> str:
        return f"{self.node} – {self.python}"  # noqa: RUF001 (an en dash: beside)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A workload under a load."""

    workload: str
    arrivals: Literal["closed", "constant", "poisson", "bursts"] = "closed"
    connections: int = 64
    rate: float | None = None  # requests/s
    busy: float | None = None  # a share of the server's cores

    @property
    def load(self) -> Load:
        return Load(self.arrivals, self.connections, self.rate, self.busy)

    def __post_init__(self) -> None:
        given = [one for one in (self.rate, self.busy) if one is not None]
        if len(given) != (1 if self.load.is_open else 0):
            raise ValueError("closed arrivals have neither rate nor busy, all others one of them")
        if any(not (math.isfinite(one) and one > 0) for one in given):
            raise ValueError("rate and busy must be above 0")
        if self.connections < 1:
            raise ValueError("connections must be at least 1")


class Cell(Place, frozen=True, kw_only=True):
    """Where each pair votes: by the ratio of Node's figure to Python's."""

    says: str  # what a reader would call it
    figure: str
    better: Literal["lower", "higher"]
    margin: str  # one of [margins]
    required: bool = True  # else it is shown, and decides nothing
    alike: Literal["database", "client"] | None = (
        None  # both sides' kind, also where a run says none
    )
    without: str | None = None  # a workload whose p99 the figure is divided by: what the rest costs
    where: dict[str, str] = {}  # values of variables


class Threshold(Place, frozen=True, kw_only=True):
    """What a server must reach to suit, whatever another does."""

    figure: str
    at_most: float | None = None  # in the figure's unit
    at_least: float | None = None
    waits: str | None = None  # at_least is a share of min(offered, connections ÷ this time)
    none_lost: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("a threshold has either at_most or at_least")
        if self.waits is not None and self.at_least is None:
            raise ValueError("waits is of at_least")


class CodeRule(msgspec.Struct, frozen=True):
    """Servers on a framework against one on the standard library, of one language."""

    frameworks: tuple[str, ...]
    standard: str


class Claim(msgspec.Struct, frozen=True):
    id: str
    says: str
    rule: Rule
    variables: tuple[str, ...] = ()  # along which its votes may split
    cell: tuple[Cell, ...] = ()
    threshold: tuple[Threshold, ...] = ()
    workload: str | None = None  # of shared rules
    most: float = 0.8  # of spared code: the ratio up to which it spares
    code: CodeRule | None = None
    control: CodeRule | None = None  # the other language's
    backends: tuple[str, ...] = ()  # of built in
    needs: dict[str, str] = {}  # of built in: by workload, the key of [provides]
    parts: tuple[str, ...] = ()  # other claims
    proxies: tuple[str, ...] = ()  # claims that are shown beside its parts, and don't decide

    def __post_init__(self) -> None:
        has = {
            "votes": bool(self.cell),
            "shared rules": self.workload is not None,
            "spared code": self.code is not None and self.control is not None,
            "built in": bool(self.backends and self.needs),
            "parts": bool(self.parts),
        }
        wants = {
            "votes": "a [[claim.cell]]",
            "shared rules": "workload",
            "spared code": "[claim.code] and [claim.control]",
            "built in": "backends and [claim.needs]",
            "parts": "parts",
        }
        if not has.get(self.rule, True):
            raise ValueError(f"the rule {self.rule} needs {wants[self.rule]}")
        if not 0 < self.most < 1:
            raise ValueError("most must be above 0 and below 1")


class Ledger(msgspec.Struct, frozen=True):
    margins: dict[str, float]  # shares, by name
    pair: tuple[PairRule, ...]
    claim: tuple[Claim, ...]
    least_units: int = 5  # blocks, or fresh-server trials, that a vote needs
    least_for_p99: int = 10

    def __post_init__(self) -> None:
        if not self.pair or not self.claim:
            raise ValueError("it needs at least one [[pair]] and one [[claim]]")
        if any(not 0 < one < 1 for one in self.margins.values()):
            raise ValueError("margins must be above 0 and below 1")

    @property
    def asked(self) -> set[tuple[str, str, str]]:
        """Workload, load and backend of every cell in which a pair votes."""
        return {
            (cell.workload, cell.load.word, name)
            for claim in self.claim
            for cell in claim.cell
            for pair in self.pair
            for name in (pair.node, pair.python)
        }

    def least(self, figure: str) -> int:
        return self.least_for_p99 if "p99" in figure else self.least_units


def read_ledger(path: Path, workloads: Sequence[str], backends: Sequence[str]) -> Ledger:
    """`workloads` and `backends`: those that there are. Raises SuiteError that names file and key
    for whatever is wrong."""
    ledger = read_toml(path, Ledger)
    known = {
        "workloads": list(workloads),
        "backends": list(backends),
        "margins": list(ledger.margins),
        "claims": [one.id for one in ledger.claim],
    }
    for key, name, kind in _names(ledger):
        if name not in known[kind]:
            raise unknown_name(path, key, name, known[kind])
    if len(set(known["claims"])) < len(known["claims"]):
        raise SuiteError(str(path), "claim.id: two claims have one id", "two ids")
    variables = [name for claim in ledger.claim for name in claim.variables]
    for number, pair in enumerate(ledger.pair, start=1):
        for name in pair.where:
            if name not in variables:
                raise unknown_name(path, f"pair[{number}].where", name, variables)
    for number, claim in enumerate(ledger.claim, start=1):
        _check(path, ledger, claim, f"claim[{number}]")
    return ledger


def _names(ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    """Each name that must be known, with its key and whose it is."""
    for number, pair in enumerate(ledger.pair, start=1):
        yield f"pair[{number}].node", pair.node, "backends"
        yield f"pair[{number}].python", pair.python, "backends"
    for number, claim in enumerate(ledger.claim, start=1):
        key = f"claim[{number}]"
        for at, cell in enumerate(claim.cell, start=1):
            yield f"{key}.cell[{at}].workload", cell.workload, "workloads"
            yield f"{key}.cell[{at}].margin", cell.margin, "margins"
            if cell.without is not None:
                yield f"{key}.cell[{at}].without", cell.without, "workloads"
        for at, threshold in enumerate(claim.threshold, start=1):
            yield f"{key}.threshold[{at}].workload", threshold.workload, "workloads"
        for name, code in (("code", claim.code), ("control", claim.control)):
            for backend in (*code.frameworks, code.standard) if code is not None else ():
                yield f"{key}.{name}", backend, "backends"
        if claim.workload is not None:
            yield f"{key}.workload", claim.workload, "workloads"
        for backend in claim.backends:
            yield f"{key}.backends", backend, "backends"
        for workload in claim.needs:
            yield f"{key}.needs", workload, "workloads"
        for part in (*claim.parts, *claim.proxies):
            yield f"{key}.parts", part, "claims"


def _check(path: Path, ledger: Ledger, claim: Claim, key: str) -> None:
    figures = [(f"{key}.cell[{at}]", one.figure) for at, one in enumerate(claim.cell, start=1)]
    figures += [
        (f"{key}.threshold[{at}]", one.figure) for at, one in enumerate(claim.threshold, start=1)
    ]
    for where, figure in figures:
        if figure not in FIGURES and not figure.startswith(OF_CLASS):
            raise unknown_name(path, f"{where}.figure", figure, [*FIGURES, f"{OF_CLASS}<class>"])
    told = [
        {NEED, *cell.where, *pair.where}
        for cell in claim.cell
        if cell.required
        for pair in ledger.pair
    ]
    for variable in claim.variables:
        if any(variable in one for one in told) and not all(variable in one for one in told):
            why = f"{key}.variables: {variable} is told of some votes, and not of all"
            raise SuiteError(
                str(path), why, "a value in where of every required cell or every pair"
            )
    for at, cell in enumerate(claim.cell, start=1):
        for variable in cell.where:
            if variable not in claim.variables:
                where = f"{key}.cell[{at}].where"
                raise unknown_name(path, where, variable, list(claim.variables))
    if claim.rule == "parts":
        later = [one.id for one in ledger.claim[ledger.claim.index(claim) :]]
        for part in (*claim.parts, *claim.proxies):
            if part in later:
                why = f"{key}.parts: {part} stands after it"
                raise SuiteError(str(path), why, "an order in which parts stand first")
