"""Ledgers, stored runs and servers with known figures, for tests of claims."""

from collections.abc import Callable, Mapping

from contend.claims.document import ClaimVerdict, Verdicts
from contend.claims.judge import judge_all
from contend.claims.ledger import Cell, Claim, Ledger, PairRule
from contend.claims.servers import Servers
from contend.findings.archive import archive_of
from contend.runs.record import Run
from contend.suites.backend import Backend
from contend.suites.cells import Cell as StoredCell
from contend.suites.suite import Grid, Suite
from msgspec.structs import replace
from stored_runs import Fake, small_suite, stored_run

PAIRS = (
    PairRule("express", "flask", {"side": "threads"}),
    PairRule("fastify", "fastapi", {"side": "loop"}),
    PairRule("node-http", "aiohttp", {"side": "loop"}),
    PairRule("nestjs", "django", {"side": "threads"}),
)
NODE = tuple(one.node for one in PAIRS)
SERVERS = tuple(name for one in PAIRS for name in (one.node, one.python))
MARGINS = {"goodput": 0.10, "cpu": 0.05, "p99": 0.10, "memory": 0.10, "clients": 0.10}
JSON = Cell(says="a need", workload="json", figure="goodput", better="higher", margin="goodput")
MIX = Cell(says="a need", workload="plaintext", figure="goodput", better="higher", margin="goodput")


def ledger(*claims: Claim, **changes: object) -> Ledger:
    made = Ledger(MARGINS, PAIRS, claims or (claim(),))
    return replace(made, **changes)


def claim(*cells: Cell, **changes: object) -> Claim:
    made = Claim("N1", "Node is faster", "votes", cell=cells or (JSON,))
    return replace(made, **changes)


def suite(*workloads: str, servers: tuple[str, ...] = SERVERS, starts: int = 6) -> Suite:
    grid = (Grid(servers, workloads or ("json",), measure="blocks"),)
    return small_suite(grid=grid, reference=None, starts=starts, budget="100h")


def fast_node(factor: float = 2.0) -> Callable[[StoredCell], Fake]:
    """Node's servers do `factor` times as much as Python's."""

    def figures(cell: StoredCell) -> Fake:
        many = factor if cell.backend in NODE else 1.0
        return Fake(goodput_per_s=2000 * many, cpu_ns=50_000 / many, classes=(cell.workload,))

    return figures


def run_of(factor: float = 2.0, **changes: object) -> Run:
    given: dict[str, object] = {"suite": suite(), "run_id": "20260102T030405Z-full-0a1b2c"}
    return stored_run(fast_node(factor), **(given | changes))  # type: ignore[arg-type]


def judged(
    *runs: Run,
    of: Ledger | None = None,
    backends: Mapping[str, Backend] | None = None,
    servers: Servers | None = None,
) -> Verdicts:
    none = Servers(why_none="not read")
    return judge_all(of or ledger(), archive_of(runs), backends or {}, servers or none)


def first(verdicts: Verdicts) -> ClaimVerdict:
    return verdicts.claims[0]


def backend(*workloads: str, **changes: object) -> Backend:
    made = Backend("A server", "Python", "one thread", "idiomatic", ("x",), workloads)
    return replace(made, **changes)
