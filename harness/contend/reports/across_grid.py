"""What a run says across its tables, as rows of text: numbers of clients and memory, and how long
servers take to start. Pure."""

from contend.findings.across import MOST_P95_NS
from contend.findings.table import Across, Tables
from contend.reports.numbers import ABSENT, UNKNOWN_DIGITS, number

CLIENTS_HEAD = f"most chat clients at p95 ≤ {MOST_P95_NS // 1_000_000} ms, none lost"
MEMORY_HEAD = "memory a connection, KiB"
# Servers are asked every millisecond whether they are ready.
# Each server burns 50 ms and then 100 ms of CPU at its start, to calibrate workload 6a.
START_HEADS = (
    "backend",
    "cold start to the first 200, with 150 ms of calibration, median ms",
    "starts",
)


def heads(tables: Tables) -> list[str]:
    """Of the columns that have something in them; none where nothing has."""
    clients = any(one.most_clients is not None for one in tables.across)
    memory = any(one.bytes_per_connection is not None for one in tables.across)
    shown = {CLIENTS_HEAD: clients, MEMORY_HEAD: memory}
    titles = [head for head, is_shown in shown.items() if is_shown]
    return ["backend", *titles] if titles else []


def cells(tables: Tables, one: Across) -> list[str]:
    titles = heads(tables)
    found = [one.backend]
    if CLIENTS_HEAD in titles:
        least = "≥ " if one.is_least else ""
        found.append(ABSENT if one.most_clients is None else f"{least}{one.most_clients:,}")
    if MEMORY_HEAD in titles:
        memory = one.bytes_per_connection
        found.append(ABSENT if memory is None else number(memory / 1024, UNKNOWN_DIGITS))
    return found


def rows(tables: Tables) -> list[list[str]]:
    """Those with the most clients first, and of them those that need the least."""

    def place(one: Across) -> tuple[int, float]:
        return -(one.most_clients or 0), one.bytes_per_connection or 0.0

    return [cells(tables, one) for one in sorted(tables.across, key=place)]


def start_rows(tables: Tables) -> list[list[str]]:
    """How long servers take to start, the quickest first."""
    known = [one for one in tables.across if one.cold_start_ns is not None]
    return [
        [one.backend, f"{(one.cold_start_ns or 0) / 1e6:,.0f}", f"{one.cold_starts}"]
        for one in sorted(known, key=lambda one: one.cold_start_ns or 0)
    ]
